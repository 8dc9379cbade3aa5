"""What views, commands and hosts ask for; the queries are here."""
