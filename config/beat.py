"""What runs by itself, and when: the one place. Wall times are in TIME_ZONE.

Every task is safe to run twice, so a beat that starts late or twice does no harm.
"""

from celery.schedules import crontab

EVERY_MINUTE = 60.0

SCHEDULE = {
    # The first of the day does the work. The others find it done, or take up what a killed worker or a machine that
    # was off left undone.
    "prepare availability": {
        "task": "scheduling.tasks.run_nightly_availability",
        "schedule": crontab(hour="2-23", minute="*/15"),
        "options": {"expires": 15 * EVERY_MINUTE},
    },
    "purge ended openings": {
        "task": "scheduling.tasks.purge_ended_openings",
        "schedule": crontab(hour="4", minute="0"),
    },
    "purge past conflicts": {
        "task": "scheduling.tasks.purge_past_conflicts",
        "schedule": crontab(hour="4", minute="15"),
    },
    "forget imported files": {
        "task": "scheduling.tasks.purge_import_reports",
        "schedule": crontab(hour="4", minute="20"),
    },
    "purge expired exports": {
        "task": "scheduling.tasks.purge_expired_exports",
        "schedule": crontab(hour="4", minute="25"),
    },
    "clear expired sessions": {
        "task": "organizations.tasks.clear_expired_sessions",
        "schedule": crontab(hour="4", minute="30"),
    },
    "free expired holds": {
        "task": "scheduling.tasks.sweep_expired_holds",
        "schedule": EVERY_MINUTE,
        # A minute later the next one does the same: a queue that was stopped does not pile them up.
        "options": {"expires": EVERY_MINUTE},
    },
    "write exports that were left": {
        "task": "scheduling.tasks.sweep_exports",
        "schedule": EVERY_MINUTE,
        "options": {"expires": EVERY_MINUTE},
    },
    "refresh stale calendars": {
        "task": "scheduling.tasks.refresh_stale_calendars",
        "schedule": EVERY_MINUTE,
        "options": {"expires": EVERY_MINUTE},
    },
    # What a worker that was killed, or a broker that was away, left undone.
    "continue directory imports": {
        "task": "scheduling.tasks.continue_directory_imports",
        "schedule": EVERY_MINUTE,
        "options": {"expires": EVERY_MINUTE},
    },
    "queue due reminders": {
        "task": "notifications.tasks.queue_due_reminders",
        "schedule": EVERY_MINUTE,
        "options": {"expires": EVERY_MINUTE},
    },
    # Each agent's hour is on a half hour, by the clocks of their territory; some zones are a quarter off.
    "queue summaries of the morning": {
        "task": "notifications.tasks.queue_summaries",
        "schedule": crontab(minute="*/15"),
        "options": {"expires": 15 * EVERY_MINUTE},
    },
    "mail invitations": {
        "task": "organizations.tasks.mail_invitations",
        "schedule": EVERY_MINUTE,
        "options": {"expires": EVERY_MINUTE},
    },
    "send what was left unsent": {
        "task": "notifications.tasks.sweep_unsent_messages",
        "schedule": EVERY_MINUTE,
        "options": {"expires": EVERY_MINUTE},
    },
}
