"""Everything stored about a user in plain JSON: what a user may ask for, and take elsewhere.

Days and instants are ISO 8601, instants in UTC with a Z.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from badge_engine.events import Event
from badge_engine.outcomes import AuditEntry, Award, Evidence, LedgerAward
from badge_engine.ports import View


def exported(view: View) -> dict[str, Any]:
    """Events, withdrawn ids, awards and their audit."""
    return {
        "user": view.user,
        "events": [event_as_json(event) for event in view.events()],
        "withdrawn": list(view.withdrawn()),
        "awards": [recorded_as_json(entry) for entry in view.awards()],
        "audit": [_keyed(entry) for entry in view.audit()],
    }


def utc_text(instant: datetime) -> str:
    """An instant in UTC as ISO 8601 that ends in Z."""
    return instant.isoformat().replace("+00:00", "Z")


def event_as_json(event: Event) -> dict[str, Any]:
    """The parts of an event; numbers of the data that are not whole are text, exactly."""
    return {
        "id": event.id,
        "type": event.type,
        "at": utc_text(event.at),
        "day": event.day.isoformat(),
        "time": None if event.time is None else event.time.isoformat(),
        "zone": event.zone,
        "data": json.loads(event.data_text, parse_float=str),
    }


def award_as_json(award: Award) -> dict[str, Any]:
    """The derived half of an award."""
    return {
        "user": award.user,
        "badge": award.badge,
        "tier": award.tier,
        "occurrence": award.occurrence,
        "earned_on": award.earned_on.isoformat(),
        "earned_at": utc_text(award.earned_at),
        "evidence": evidence_as_json(award.evidence),
        "rule_version": award.rule_version,
    }


def evidence_as_json(evidence: Evidence) -> dict[str, Any]:
    """What justifies an award."""
    return {
        "event": evidence.event,
        "first_day": evidence.first_day.isoformat(),
        "last_day": evidence.last_day.isoformat(),
        "count": evidence.count,
    }


def recorded_as_json(entry: LedgerAward) -> dict[str, Any]:
    """Both halves of an award."""
    return award_as_json(entry.award) | {
        "status": entry.status,
        "recorded_at": utc_text(entry.recorded_at),
        "celebrate": entry.celebrate,
        "seen_at": entry.seen_at and utc_text(entry.seen_at),
    }


def audit_as_json(entry: AuditEntry) -> dict[str, Any]:
    """What happened to an award, when and why; the award is not named."""
    return {
        "at": utc_text(entry.at),
        "kind": entry.kind,
        "cause": entry.cause,
        "event": entry.event,
        "rule_version": entry.rule_version,
    }


def _keyed(entry: AuditEntry) -> dict[str, Any]:
    badge, tier, occurrence = entry.key
    return {"badge": badge, "tier": tier, "occurrence": occurrence} | audit_as_json(entry)
