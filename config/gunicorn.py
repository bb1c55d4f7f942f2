"""gunicorn's configuration in the container; WEB_CONCURRENCY sets the number of processes."""

import os

from prometheus_client import multiprocess

bind = "0.0.0.0:8000"  # The container's own network.
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
worker_tmp_dir = "/dev/shm"  # Heartbeats stay off the disk.
accesslog = "-"
logger_class = "config.access_log.AccessLogger"
graceful_timeout = 20


def child_exit(server, worker):
    """Forget the gauges of a process that is gone."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.mark_process_dead(worker.pid)
