"""The stable words of diagnostics: what each means and how to mend it, one sentence or two."""

from __future__ import annotations

CODES: dict[str, str] = {
    "alias": (
        "In YAML a text may not begin with `*`. Put it in quotes. Aliases are not read; write the "
        "settings out."
    ),
    "anchor": "Anchors (`&name`) are not read. Remove it and write the settings out where needed.",
    "bad-escape": (
        "In double quotes a backslash begins an escape such as `\\n`. Double it, or use single "
        "quotes."
    ),
    "bad-event": (
        "Intake would refuse this event of a test: its day is more than one day from its clock, it "
        "lies outside the years 1970 to 9998, or its day never existed in its zone."
    ),
    "bad-expectation": (
        "`expect` is one of: `earned on day 3`, `earned`, `not earned`, a day or `not earned` for "
        "every tier, `{progress: 6 of 7}`, `{earned: [day 7, day 14]}`."
    ),
    "bad-id": (
        "Ids, tiers, event types and fields are written with `a-z`, `0-9`, `_` and `-`, begin with "
        "a letter or digit, and have 64 characters at most."
    ),
    "bad-token": (
        "A strip has one token a day: `x` did it, `.` did not, `2x` twice, a number is a reading, "
        "`x*7` seven days, `|` the end of a week."
    ),
    "circular-reference": (
        "A badge may not stand on itself, not by way of others either. Remove one reference."
    ),
    "colon-in-text": "A text that contains a colon and a space needs quotes around it.",
    "comma-in-text": "Inside braces a comma ends a text. Put the whole text in quotes.",
    "contradiction": "Two settings exclude each other, or one has no effect beside the other.",
    "curly-quotes": (
        "A word processor has replaced straight quotes by curly ones, which YAML takes for "
        "letters. Inside a text they are fine."
    ),
    "cut-text": (
        "A text without quotes ends where a `#` follows a space: the rest is a comment. Put the "
        "whole text in quotes."
    ),
    "day-outside": (
        "The test expects something on a day that its strips do not have. Correct the day, or "
        "write more days."
    ),
    "duplicate-id": "Ids are unique over all packs that are loaded together. Rename one badge.",
    "duplicate-key": "A setting stands twice in one place; only one can hold. Remove the other.",
    "duplicate-tier": "The tiers of a badge have different names.",
    "empty-file": "The file holds nothing, or comments only. Begin it with `badges:`.",
    "fields-differ": (
        "The rule lists event types whose fields of this name have different types, units or "
        "decimals and cannot be read as one."
    ),
    "foreign-setting": "The setting belongs to another kind of rule, or to another kind of field.",
    "goal-out-of-reach": (
        "The calendar does not allow it: 8 different days in a week, a streak longer than the "
        "dates between `from` and `until`."
    ),
    "grace-forgives-all": "With this grace no day is ever missed. Forgive fewer.",
    "indentation": (
        "Lines that belong together begin in the same column, and what belongs to a line above "
        "stands two spaces further right."
    ),
    "listed-twice": "The list names the same thing twice. Remove one.",
    "merge-key": "Merge keys (`<<`) are not read. Write the settings out.",
    "misplaced-setting": "The setting exists, but one level further out or in. Move it.",
    "missing-colon": "A setting is written `name: value`.",
    "missing-comma": "Inside braces, settings are separated by commas.",
    "missing-dash": "Every item of a list begins with `- `; so does every badge, test and tier.",
    "missing-language": "Texts by language need one in the language of the pack.",
    "missing-setting": "Something that is required is not there. Add it.",
    "missing-sign": "Say whether it is a loss (`-5 kg`) or a gain (`+5 kg`).",
    "missing-space": "Between a colon and its value there is a space.",
    "missing-unit": "A length of time needs its unit: `7 days`, `4 weeks`.",
    "mixed-tiers": "The tiers of one badge are written in one way, so that they can be compared.",
    "never-counts": (
        "No `x` of the strip can count, because it carries nothing that the rule asks for. Add "
        "`with:`, or write readings or dated events."
    ),
    "never-true": "No event can meet both conditions. Correct one of them.",
    "no-test": (
        "A badge should have a test in which it is earned and one in which it is just not. "
        "This is a warning."
    ),
    "no-value": "A setting without a value says nothing. Write one, or remove the line.",
    "not-a-date": "Dates are written `2026-03-28` and have to exist.",
    "not-a-grace": "Grace is written `1 per 7 days`, `2 in a row` or `1`.",
    "not-a-number": "Numbers are written in digits, with a point before decimals: `1000`, `2.5`.",
    "not-a-time": "Times of day are written `7:00` or `18:45`; midnight is `0:00`.",
    "not-positive": "The number has to be above zero.",
    "not-text": "The field holds texts. A number or `true` is a text only in quotes.",
    "not-true-or-false": "Write `true` or `false`.",
    "not-utf-8": "The file is stored in another encoding. Save it as UTF-8.",
    "not-whole": "Events, days and readings are counted in whole numbers.",
    "number-in-description": (
        "The description speaks of a number that the rule does not know. One of them is out of "
        "date. This is a warning."
    ),
    "number-too-large": "The number is greater than allowed, or has too many digits.",
    "odd-space": (
        "A no-break space or an invisible character stands where YAML wants a plain space or none. "
        "Inside a text they are fine."
    ),
    "quote-in-text": (
        "A text in single quotes ends at the next single quote. Use double quotes around it, or "
        "write the quote twice."
    ),
    "reading-without-field": (
        "A number in a strip is a reading of the rule's field, and this rule reads none, or more "
        "than one."
    ),
    "renamed-id": (
        "A badge of this name had another id before. Awards refer to ids: with a new one, "
        "everybody would have to earn it again. This is a warning."
    ),
    "reserved-field": (
        "`time`, `weekday`, `month`, `day` and `week` have a meaning of their own and cannot be "
        "names of fields."
    ),
    "second-document": "A file holds one pack. Remove the `---`, or make two files.",
    "short-months": (
        "The goal cannot be reached in every period, such as 30 days in February. This is a "
        "warning."
    ),
    "special-character": (
        "In YAML a text may not begin with one of `@ % & * ! | >` and a few more. Put it in quotes."
    ),
    "strip-too-long": "A strip has ten years at most. Write dated events.",
    "tab": "YAML is indented with spaces. Replace the tab.",
    "tag": "Tags (`!name`) are not read. Put a text that begins with `!` in quotes.",
    "tiers-order": "Each tier is strictly harder than the one before.",
    "too-deep": "The file is nested more than 20 levels deep.",
    "too-entangled": (
        "Badges that refer to badges that refer to others may do so 20 levels deep, and have 1,000 "
        "parts with all of them written out. Refer to fewer, or to simpler ones."
    ),
    "too-large": "A pack has 256 KiB at most. Split it; a folder of packs is loaded together.",
    "too-many-mistakes": "Only the first 500 are shown. Mend those and check again.",
    "too-many-parts": "`any_of` asks for more parts than it has.",
    "unclosed-bracket": "A bracket or brace is missing, too many, or of the wrong kind.",
    "unclosed-quote": "A quote is opened and never closed.",
    "unknown-badge": "The badge that is referred to is in none of the packs loaded together.",
    "unknown-choice": "The setting takes one of a few words, and this is none of them.",
    "unknown-event": "The vocabulary has no such event type.",
    "unknown-field": "The event type has no such field, or not every one of `each_of` has it.",
    "unknown-language": "Languages are written as codes: `en`, `de`, `pt-BR`.",
    "unknown-setting": "There is no such setting here; most often it is misspelt.",
    "unknown-tier": "The badge has no tier of that name.",
    "unknown-type": "There is no such kind of rule.",
    "unknown-unit": "There is no such unit, or it is written in another way.",
    "unknown-zone": "Time zones are named as in the IANA list: `Europe/Lisbon`.",
    "unreadable-character": "The file contains a control character. Remove it.",
    "week-line": "`|` stands after the last day of a week; day 1 is a Monday unless `starts` says.",
    "wrong-field": "The rule reads numbers, and the field holds something else.",
    "wrong-shape": "A text, a list or a mapping stands where one of the others is due.",
    "wrong-unit": "The unit cannot be used here, or cannot be compared with that of the field.",
    "yaml-syntax": "The line cannot be read. Compare it with a badge that works.",
}
