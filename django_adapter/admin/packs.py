"""Packs of trainers: written, put in force and taken out of it, with the loader's diagnostics."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from badge_engine import Diagnostic
from django_adapter.members import key_of
from django_adapter.models import Pack
from django_adapter.services import packs
from django_adapter.services.checking import judge
from django_adapter.services.packs import PackRefused
from django_adapter.settings import settings

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Pack]
    ModelForm = forms.ModelForm[Pack]
else:
    ModelAdmin, ModelForm = admin.ModelAdmin, forms.ModelForm

NEWEST, NONE = "newest", "none"


class PackForm(ModelForm):
    """A pack with the text of its newest edition, and which edition is in force."""

    text = forms.CharField(
        label=_("text"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 40, "cols": 100, "spellcheck": "false"}),
        help_text=_("Another text makes another edition."),
    )
    force = forms.ChoiceField(label=_("in force"), required=False)

    class Meta:
        model = Pack
        fields = ("owner", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: list[tuple[str, Any]] = [
            ("", _("as it is")),
            (NEWEST, _("this text")),
            (NONE, _("none")),
        ]
        if self.instance.pk:
            known = packs.editions(self.instance.owner, self.instance.name)
            self.fields["text"].initial = packs.edition(*self._named()).text
            choices += [
                (str(one.number), f"{one.number} ({one.created_at:%Y-%m-%d})") for one in known
            ]
        self.fields["force"].choices = choices  # type: ignore[attr-defined] # of a choice field

    def clean_owner(self) -> Any:
        owner = self.cleaned_data["owner"]
        if settings().role(owner) != "trainer":
            raise ValidationError(_("Only trainers keep packs."))
        return owner

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not packs.is_name(name):
            raise ValidationError(_("Write a name of small letters, digits, - and _."))
        return name

    def clean_text(self) -> str:
        """Browsers end lines in their own way."""
        text: str = self.cleaned_data["text"].replace("\r\n", "\n")
        return text

    def clean(self) -> dict[str, Any]:
        """Judge the text as `rules/check/` does."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            owner, name = self._named()
            found, _loaded = judge(key_of(owner), name, cleaned["text"])
            for one in found.errors:
                self.add_error("text", ValidationError(_as_it_stands(one)))
        return cleaned

    def _named(self) -> tuple[Any, str]:
        given = getattr(self, "cleaned_data", {})
        return given.get("owner") or self.instance.owner, given.get("name") or self.instance.name


@admin.register(Pack)
class PackAdmin(ModelAdmin):
    form = PackForm
    list_display = ("name", "owner", "published", "created_at")
    list_select_related = ("owner", "published")
    search_fields = ("=name",)
    actions = None

    def get_readonly_fields(self, request: HttpRequest, obj: Pack | None = None) -> tuple[str, ...]:
        return () if obj is None else ("owner", "name")

    def save_model(self, request: HttpRequest, obj: Pack, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """Save an edition, and put in force what was chosen."""
        owner, name, force = obj.owner, obj.name, form.cleaned_data["force"]
        saved = packs.save(owner, name, form.cleaned_data["text"])
        if force == NONE:
            packs.unpublish(owner, name)
        elif force:
            packs.publish(owner, name, None if force == NEWEST else int(force))
        obj.pk = Pack.objects.get(owner=owner, name=name).pk
        self._tell(request, saved.diagnostics, messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: Pack) -> None:
        packs.delete(obj.owner, obj.name)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._refusable(request, super().changeform_view, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._refusable(request, super().delete_view, *args, **kwargs)

    def _refusable(self, request: HttpRequest, view: Any, *args: Any, **kwargs: Any) -> Any:
        """What is refused only when it is done: too many packs, badges that others refer to."""
        try:
            return view(request, *args, **kwargs)
        except PackRefused as refused:
            self._tell(request, refused.diagnostics, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def _tell(self, request: HttpRequest, told: Iterable[Diagnostic], level: int) -> None:
        for one in told:
            self.message_user(request, _as_it_stands(one), level)


def _as_it_stands(diagnostic: Diagnostic) -> str:
    """With its caret under the place that it speaks of."""
    return format_html("<pre>{}</pre>", str(diagnostic))
