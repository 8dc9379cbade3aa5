"""Everything stored about a user in plain JSON: what a user may ask for, and take elsewhere."""

from __future__ import annotations

import json
from typing import Any

from badge_engine.events import Event
from badge_engine.outcomes import AuditEntry, LedgerAward
from badge_engine.ports import View


def exported(view: View) -> dict[str, Any]:
    """Events, withdrawn ids, awards and their audit."""
    return {
        "user": view.user,
        "events": [event_as_json(event) for event in view.events()],
        "withdrawn": list(view.withdrawn()),
        "awards": [award_as_json(entry) for entry in view.awards()],
        "audit": [audit_as_json(entry) for entry in view.audit()],
    }


def event_as_json(event: Event) -> dict[str, Any]:
    """The parts of an event; numbers of the data that are not whole are text, exactly."""
    return {
        "id": event.id,
        "type": event.type,
        "at": event.at.isoformat(),
        "day": event.day.isoformat(),
        "time": None if event.time is None else event.time.isoformat(),
        "zone": event.zone,
        "data": json.loads(event.data_text, parse_float=str),
    }


def award_as_json(entry: LedgerAward) -> dict[str, Any]:
    """Both halves of an award."""
    award, evidence = entry.award, entry.award.evidence
    return {
        "badge": award.badge,
        "tier": award.tier,
        "occurrence": award.occurrence,
        "earned_at": award.earned_at.isoformat(),
        "earned_on": award.earned_on.isoformat(),
        "evidence": {
            "event": evidence.event,
            "first_day": evidence.first_day.isoformat(),
            "last_day": evidence.last_day.isoformat(),
            "count": evidence.count,
        },
        "rule_version": award.rule_version,
        "status": entry.status,
        "recorded_at": entry.recorded_at.isoformat(),
        "celebrate": entry.celebrate,
        "seen_at": None if entry.seen_at is None else entry.seen_at.isoformat(),
    }


def audit_as_json(entry: AuditEntry) -> dict[str, Any]:
    """What happened to an award, when and why."""
    badge, tier, occurrence = entry.key
    return {
        "badge": badge,
        "tier": tier,
        "occurrence": occurrence,
        "at": entry.at.isoformat(),
        "kind": entry.kind,
        "cause": entry.cause,
        "event": entry.event,
        "rule_version": entry.rule_version,
    }
