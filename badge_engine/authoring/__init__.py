"""What people who write packs work with: tests beside badges, files of events, reports."""
