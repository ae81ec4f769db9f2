"""The list as a file: CSV at once while it is short, CSV of any length and XLSX as a job."""
