"""CSV and XLSX back in: the export is the import. A dry run first; what it shows is applied through plans."""
