from __future__ import annotations

from django.conf import settings
from django.db import models


class DailyLog(models.Model):
    """One row for each trainee and date, edited many times a day."""

    trainee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="daily_logs"
    )
    date = models.DateField()
    workout_data = models.JSONField(default=dict, blank=True)
    nutrition_data = models.JSONField(default=dict, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trainee", "date"], name="one_log_a_day")]

    def __str__(self) -> str:
        return f"{self.trainee_id} {self.date}"


class WeightCheckIn(models.Model):
    trainee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="weight_check_ins"
    )
    date = models.DateField()
    weight_kg = models.DecimalField(max_digits=5, decimal_places=2)

    def __str__(self) -> str:
        return f"{self.trainee_id} {self.date}"


class Program(models.Model):
    trainee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="programs"
    )
    name = models.CharField(max_length=100)
    completed_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name
