"""What administrators type of a text."""

from django import forms

from scheduling.engine.typography import NBSP

from ..fields import faults_of
from ..merge_syntax import clean_line, clean_text, marked
from ..models import Message
from ..models.messages import SUBJECT_LENGTH

LONGEST = {Message.Channel.EMAIL: 5000, Message.Channel.SMS: 800}
MOST_NAMED = 5


class CleanField(forms.CharField):
    """`clean` says how what was typed is kept. Whatever cannot be seen goes before anything looks at it."""

    def __init__(self, *, clean, **kwargs):
        super().__init__(strip=False, **kwargs)
        self.clean_typed = clean

    def to_python(self, value):
        return self.clean_typed(super().to_python(value))


class SeenForm(forms.Form):
    """`seen`: the version at this level that was in force when the page was made."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class TextForm(forms.Form):
    subject = CleanField(label="Objet", clean=clean_line, max_length=SUBJECT_LENGTH)
    body = CleanField(label="Texte", clean=clean_text, widget=forms.Textarea(attrs={"rows": 12}))
    example = forms.ChoiceField(label="Aperçu avec", required=False)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, kind, channel, language, examples, **kwargs):
        super().__init__(*args, **kwargs)
        self.kind, self.channel = kind, channel
        self.marked = {}
        self.fields["example"].choices = [("", "Un rendez-vous d'exemple"), *examples]
        body = self.fields["body"]
        body.max_length = LONGEST[channel]
        body.validators.append(forms.fields.validators.MaxLengthValidator(LONGEST[channel]))
        body.widget.attrs |= {"maxlength": LONGEST[channel]}
        for name in ("subject", "body"):
            self.fields[name].widget.attrs["lang"] = language
        if channel == Message.Channel.SMS:
            del self.fields["subject"]
            body.widget.attrs["rows"] = 5

    def clean_subject(self):
        return self._checked("subject")

    def clean_body(self):
        return self._checked("body")

    def _checked(self, name):
        text = self.cleaned_data[name]
        if faults := faults_of(text, kind=self.kind, channel=self.channel):
            self.marked[name] = marked(text, faults)
            places = [
                f"Ligne {fault.line}, caractère {fault.column}{NBSP}: {_short(fault.written)}{NBSP}: {fault.reason}."
                for fault in faults[:MOST_NAMED]
            ]
            raise forms.ValidationError(places)
        return text


def _short(written):
    return written if len(written) <= 40 else f"{written[:38]}…}}"
