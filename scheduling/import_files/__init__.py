"""Reading what administrators upload: tables (CSV, XLSX, JSON) and the columns that each kind of import knows."""
