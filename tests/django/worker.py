"""A second worker of the host: does what it reads, line by line, in a process of its own.

Each line is a user's key and a day on which they worked out; the answer is what they hold then.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from typing import Any

import django
from django.conf import settings

DATABASE = "BADGE_ENGINE_WORKER_DATABASE"


def main() -> None:
    chosen: Any = settings.DATABASES["default"]
    chosen.update(json.loads(os.environ[DATABASE]))
    django.setup()
    from django_adapter.engine import engine
    from tests.django.club import worked_out
    from tests.django.host.people.models import User

    for line in sys.stdin:
        key, day = line.split()
        worked_out(User.objects.get(pk=key), date.fromisoformat(day))
        held = [one.award.badge for one in engine().awards(key)]
        sys.stdout.write(json.dumps(held) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
