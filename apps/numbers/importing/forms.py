"""Uploading a file of numbers."""

from django import forms

from apps.numbers.importing.reading import MOST_BYTES


class UploadForm(forms.Form):
    """The file; what is in it is looked at afterwards."""

    file = forms.FileField(
        label="File",
        allow_empty_file=True,  # said in our own words
        help_text="CSV or XLSX, up to 20,000 rows and 10 MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,text/csv"}),
        error_messages={"required": "Choose a file."},
    )

    def content(self) -> tuple[str, bytes]:
        """Return name and content of a valid form's file, of the content no more than what says that it is too large."""
        file = self.cleaned_data["file"]
        return file.name, file.read(MOST_BYTES + 1)
