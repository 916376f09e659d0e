"""The configuration of the Ceph cluster that `tests.servers.ceph` starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = """\
[global]
fsid = {fsid}
mon_initial_members = a
# A v1 address only: given a v2 address without authentication, the gateway of Ceph 16 hangs for five minutes.
mon_host = [v1:127.0.0.1:{mon_port}]
auth_cluster_required = none
auth_service_required = none
auth_client_required = none

# Both addresses: with the public one alone the OSDs also listen on 0.0.0.0.
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1

run_dir = {folder}
admin_socket = {folder}/$name.asok
mon_data = {folder}/$name
osd_data = {folder}/$name
rgw_data = {folder}/$name
log_to_file = false
log_to_stderr = true
err_to_stderr = true
mon_cluster_log_to_file = false

osd_pool_default_size = {osds}
osd_pool_default_min_size = {min_size}
osd_pool_default_pg_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 1
osd_crush_update_on_start = false
osd_objectstore = memstore
# A limit, not an allocation: memory is used as objects arrive.
memstore_device_bytes = {osd_bytes}

# Notice a dead OSD within seconds, on the word of one other.
mon_osd_min_down_reporters = 1
osd_heartbeat_interval = 1
osd_heartbeat_grace = 5

# Copy back at full speed what a killed OSD lost; the defaults spare disks that must serve users meanwhile.
osd_recovery_sleep_hdd = 0
osd_recovery_sleep_ssd = 0
osd_recovery_sleep_hybrid = 0
osd_recovery_max_active = 32
osd_max_backfills = 32
osd_recovery_retry_interval = 0.2
osd_backfill_retry_interval = 0.2

# A lone monitor has no peers to collect changes from; by default each new pool would wait for a second.
paxos_propose_interval = 0.02
paxos_min_wait = 0.01
# The monitor ends itself on a disk that is 95 % full, however little it needs.
mon_data_avail_crit = 1

rgw_frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1 \
ssl_endpoint=127.0.0.1:{tls_port} ssl_certificate={certificate} ssl_private_key={private_key}
# 512 by default, which is much for a test machine.
rgw_thread_pool_size = 64
# Bucket in the path for 127.0.0.1, bucket in the host name for *.localhost.
rgw_dns_name = localhost
# Encryption with the client's own key also over plain http.
rgw_crypt_require_ssl = false
# AssumeRole on the same endpoint, for temporary credentials.
rgw_s3_auth_use_sts = true
rgw_sts_key = abcdefghijklmnop
# Free the memory of deleted objects after a minute instead of two hours.
rgw_gc_obj_min_wait = 60
rgw_gc_processor_period = 60
rgw_gc_processor_max_time = 60
rgw_dynamic_resharding = false
"""


def ceph_conf(
    *,
    folder: Path,
    fsid: str,
    osds: int,
    min_size: int,
    osd_bytes: int,
    mon_port: int,
    port: int,
    tls_port: int,
    certificate: Path,
    private_key: Path,
) -> str:
    """The text of ceph.conf: one monitor, `osds` stores each on a "host" of its own, one gateway.

    Every object has a copy on every OSD, and `min_size` of them must be written.
    """
    text = TEMPLATE.format(
        folder=folder,
        fsid=fsid,
        osds=osds,
        min_size=min_size,
        osd_bytes=osd_bytes,
        mon_port=mon_port,
        port=port,
        tls_port=tls_port,
        certificate=certificate,
        private_key=private_key,
    )
    hosts = [f"[osd.{number}]\nhost = host{number}\n" for number in range(osds)]
    return "\n".join([text, *hosts])
