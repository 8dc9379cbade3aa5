"""A Dart client made from the schema: the thirteen operations of mobile clients, their types."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from openapi_generator_cli import run

PAGES = "{ int? page, int? pageSize, }"
COMMUNITY, TRAINER = "/api/community", "/api/trainer"
OPERATIONS = {
    "announcementsList": ("GET", f"{COMMUNITY}/announcements/", "AnnouncementPage?", PAGES),
    "announcementsUnreadCount": (
        "GET",
        f"{COMMUNITY}/announcements/unread-count/",
        "UnreadCount?",
        "",
    ),
    "announcementsMarkRead": (
        "POST",
        f"{COMMUNITY}/announcements/mark-read/",
        "LastRead?",
        "{ ReadUpTo? readUpTo, }",
    ),
    "achievementsList": ("GET", f"{COMMUNITY}/achievements/", "List<Achievement>?", ""),
    "achievementsRecent": (
        "GET",
        f"{COMMUNITY}/achievements/recent/",
        "List<Award>?",
        "",
    ),
    "feedList": (
        "GET",
        f"{COMMUNITY}/feed/",
        "PostPage?",
        "{ int? before, int? page, int? pageSize, }",
    ),
    "feedCreate": ("POST", f"{COMMUNITY}/feed/", "Post?", "PostDraft postDraft"),
    "feedDestroy": ("DELETE", f"{COMMUNITY}/feed/{{id}}/", "void", "int id"),
    "feedReact": (
        "POST",
        f"{COMMUNITY}/feed/{{id}}/react/",
        "Reactions?",
        "int id, Reaction reaction",
    ),
    "trainerAnnouncementsList": (
        "GET",
        f"{TRAINER}/announcements/",
        "AnnouncementPage?",
        PAGES,
    ),
    "trainerAnnouncementsCreate": (
        "POST",
        f"{TRAINER}/announcements/",
        "Announcement?",
        "AnnouncementDraft announcementDraft",
    ),
    "trainerAnnouncementsUpdate": (
        "PUT",
        f"{TRAINER}/announcements/{{id}}/",
        "Announcement?",
        "int id, AnnouncementDraft announcementDraft",
    ),
    "trainerAnnouncementsDestroy": (
        "DELETE",
        f"{TRAINER}/announcements/{{id}}/",
        "void",
        "int id",
    ),
}
"""For each operation its method, address, answer, and what is handed to it."""

MODELS = {
    "AnnouncementPage": {
        "count": "int",
        "next": "String?",
        "previous": "String?",
        "results": "List<Announcement>",
    },
    "Announcement": {
        "id": "int",
        "title": "String",
        "body": "String",
        "is_pinned": "bool",
        "created_at": "DateTime",
        "updated_at": "DateTime",
    },
    "AnnouncementDraft": {"title": "String", "body": "String", "is_pinned": "bool?"},
    "UnreadCount": {"unread_count": "int"},
    "LastRead": {"last_read_at": "DateTime"},
    "Achievement": {
        "id": "int",
        "name": "String",
        "description": "String",
        "icon_name": "String",
        "criteria_type": "String",
        "criteria_value": "int",
        "earned": "bool",
        "earned_at": "DateTime?",
    },
    "Award": {
        "id": "int",
        "name": "String",
        "description": "String",
        "icon_name": "String",
        "earned_at": "DateTime",
    },
    "PostPage": {
        "count": "int",
        "next": "String?",
        "previous": "String?",
        "results": "List<Post>",
    },
    "Post": {
        "id": "int",
        "author": "Author",
        "content": "String",
        "post_type": "PostTypeEnum",
        "metadata": "Map<String, Object>",
        "created_at": "DateTime",
        "reactions": "ReactionCounts",
        "user_reactions": "List<String>",
    },
    "Author": {"id": "int", "first_name": "String", "last_name": "String"},
    "PostDraft": {"content": "String"},
    "ReactionCounts": {"fire": "int", "thumbs_up": "int", "heart": "int"},
    "Reactions": {"reactions": "ReactionCounts", "user_reactions": "List<String>"},
}
"""For each model some properties, by their names in JSON, with their types."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dart")
    schema = folder / "schema.yaml"
    call_command("spectacular", "--fail-on-warn", "--file", str(schema))
    done = run(["generate", "-g", "dart", "-i", str(schema), "-o", str(folder / "client")])
    assert done.returncode == 0
    return folder / "client" / "lib"


def snake(name: str) -> str:
    return re.sub("(?<=.)([A-Z])", r"_\1", name).lower()


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_client_has_the_operation(client: Path, name: str) -> None:
    source = "\n".join(file.read_text() for file in sorted((client / "api").glob("*.dart")))
    (raw,) = re.findall(rf"> {name}WithHttpInfo\(.*?\n  }}\n", source, re.DOTALL)
    method, address, answer, asked = OPERATIONS[name]
    assert re.findall(r"final path = r'(.+?)'", raw) == [address]
    assert re.findall(r"^      '([A-Z]+)',$", raw, re.MULTILINE) == [method]
    ((answers, takes),) = re.findall(rf"Future<(\S+)> {name}\((.*)\) async {{", source)
    # Every call may be aborted; what is left is what the schema says.
    plain = takes.replace("Future<void>? abortTrigger, ", "").replace("{ }", "")
    assert (answers, plain.strip().removesuffix(",")) == (answer, asked)


@pytest.mark.parametrize("name", MODELS)
def test_the_client_has_the_right_types(client: Path, name: str) -> None:
    source = (client / "model" / f"{snake(name)}.dart").read_text()
    declared = re.findall(r"^  ([A-Z]\S.*|int\??|bool\??) (\w+);$", source, re.MULTILINE)
    types = {field: kind for kind, field in declared}
    names = dict(re.findall(r"json\[r'(\w+)'\] = this\.(\w+)", source))
    assert {key: types[names[key]] for key in MODELS[name]} == MODELS[name]
