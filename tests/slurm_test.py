#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""slurm_test.py FOVEA: the Slurm job of doc/scale-out.md, on a cluster of two nodes on this host, one of which dies.

Only the soak runs it. Needs root and, of Debian, slurm-wlm and munge; all files of both lie in a folder of the test's,
and they listen on 127.0.0.1 alone. A node is a slurmd with all it starts in a process namespace of its own, so that it
can die as a machine does: all at once."""
import os
import re
import socket
import subprocess
import sys
import time

import harness
from harness import Folder, Picture, check, large_png, png

PICTURES = 200
DOC = os.path.join(harness.HERE, "..", "doc", "scale-out.md")
HOST = socket.gethostname().split(".")[0]
PATIENCE = 600  # seconds

CONFIG = """
ClusterName=fovea
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={top}/munge.socket
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmctldPort={ports[0]}
StateSaveLocation={top}/state
SlurmdSpoolDir={top}/spool-%n
SlurmctldPidFile={top}/slurmctld.pid
SlurmdPidFile={top}/slurmd-%n.pid
SlurmctldLogFile={top}/slurmctld.log
SlurmdLogFile={top}/slurmd-%n.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
SlurmdTimeout=10
MessageTimeout=5
InactiveLimit=0
KillWait=2
MinJobAge=3600
NodeName=one NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=4 RealMemory=2000 State=UNKNOWN
NodeName=two NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=4 RealMemory=2000 State=UNKNOWN
PartitionName=all Nodes=one,two Default=YES MaxTime=INFINITE State=UP
"""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def example():
    """The job in the documentation, as a file."""
    with open(DOC) as file:
        block = re.search(r"\n((?:    [^\n]*\n)+)", file.read().split("## Slurm", 1)[1]).group(1)
    return "".join(line[4:] + "\n" for line in block.splitlines())


class Cluster:
    def __init__(self, folder):
        self.folder, self.running = folder, {}
        for name in ("state", "spool-one", "spool-two"):
            os.mkdir(folder(name))
        folder.put("slurm.conf", CONFIG.format(top=folder.path, host=HOST, ports=free_ports(3)).encode())
        folder.put("munge.key", os.urandom(128))
        os.chmod(folder("munge.key"), 0o600)
        os.chmod(folder.path, 0o755)
        self.environment = dict(os.environ, SLURM_CONF=folder("slurm.conf"), HOME=folder.path,
                                PATH=folder("bin") + ":" + os.environ["PATH"])
        self.start("munged", "munged", "-F", "--force", "--socket=" + folder("munge.socket"), "--key-file=" + folder("munge.key"),
                   "--pid-file=" + folder("munge.pid"), "--log-file=" + folder("munge.log"), "--seed-file=" + folder("munge.seed"))
        self.wait(lambda: os.path.exists(folder("munge.socket")), 60)
        self.start("slurmctld", "slurmctld", "-D", "-f", folder("slurm.conf"))
        for name in ("one", "two"):
            self.start(name, "unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "slurmd", "-D", "-N", name, "-f",
                       folder("slurm.conf"))

    def start(self, name, *command):
        with open(self.folder(name + ".out"), "wb") as out:
            self.running[name] = subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def kill(self, name):
        self.running[name].kill()
        self.running.pop(name).wait()

    def end(self):
        for name in list(self.running):
            self.kill(name)

    def ask(self, *command):
        done = subprocess.run(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.stdout.decode(errors="replace")

    def tasks(self):
        """Number -> its state, its node and how often it was started anew."""
        text, found = self.ask("scontrol", "-o", "show", "job"), {}
        for line in text.splitlines():
            words = dict(re.findall(r"(\w+)=(\S*)", line))
            if "ArrayTaskId" in words and words["ArrayTaskId"].isdigit():
                found[int(words["ArrayTaskId"])] = (words["JobState"], words.get("NodeList", ""), int(words.get("Restarts", 0)))
        return found

    def wait(self, what, seconds):
        end = time.time() + seconds
        while time.time() < end:
            if what():
                return True
            time.sleep(0.2)
        return False

    def logs(self):
        return {name: self.folder.get(name)[-600:] for name in self.folder.names() if name.endswith((".log", ".out"))}


def listening_beyond_loopback(cluster):
    """Sockets of the cluster's daemons that others than this host could reach."""
    text = subprocess.run(["ss", "-Hltnp"], stdout=subprocess.PIPE).stdout.decode()
    return [line for line in text.splitlines() if "slurm" in line and "127.0.0.1:" not in line.split()[3]]


def run_job(folder, cluster):
    job = example()
    array = re.search(r"--array=1-(\d+)", job)
    if not check("the documentation has a job", array and "--requeue" in job and "fovea -r" in job, job):
        return
    number = int(array.group(1))
    folder.put("job.sh", job.encode())
    submitted = cluster.ask("sbatch", "-o", folder("task-%a.txt"), "--open-mode=append", folder("job.sh"))
    if not check("it is accepted", "Submitted" in submitted, submitted):
        return

    def two_at_work():
        made = len(os.listdir(folder("large"))) if os.path.isdir(folder("large")) else 0
        return made >= PICTURES // 8 and any(state == "RUNNING" and node == "two" for state, node, _ in cluster.tasks().values())

    check("both nodes are at work", cluster.wait(two_at_work, PATIENCE), (cluster.tasks(), cluster.logs()))
    cluster.kill("two")
    before = {name: os.stat(folder("large/" + name)).st_mtime_ns for name in os.listdir(folder("large"))}
    check("a node dies in the middle of it", 0 < len(before) < PICTURES, len(before))
    check("all tasks end all the same", cluster.wait(lambda: len(cluster.tasks()) == number and all(
        state == "COMPLETED" for state, _, _ in cluster.tasks().values()), PATIENCE), (cluster.tasks(), cluster.logs()))
    tasks = cluster.tasks()
    check("those of the dead node were started anew on the other", any(restarts for _, _, restarts in tasks.values()) and
          all(node == "one" for _, node, restarts in tasks.values() if restarts), tasks)
    names = sorted(os.listdir(folder("large")))
    check("nothing is lost", names == ["%03d-2x.png" % i for i in range(PICTURES)], len(names))
    check("nothing is done twice", all(os.stat(folder("large/" + name)).st_mtime_ns == at for name, at in before.items()))
    broken = []
    for name in names:
        try:
            Picture(folder.get("large/" + name))
        except Exception as error:
            broken.append((name, error))
    check("every result is whole", not broken, broken[:3])
    print("# %d pictures, %d of them when the node died; %d tasks, started anew: %s" %
          (PICTURES, len(before), number, sorted(task for task, (_, _, restarts) in tasks.items() if restarts)))


def test_node_lost():
    with Folder() as folder:
        os.mkdir(folder("bin"))
        os.mkdir(folder("photos"))
        os.symlink(harness.FOVEA, folder("bin/fovea"))
        kinds = [png(90, 60), large_png(150, 110), png(33, 77, 1, 16)]
        for i in range(PICTURES):
            folder.put("photos/%03d.png" % i, kinds[i % len(kinds)])
        cluster = Cluster(folder)
        try:
            up = cluster.wait(lambda: cluster.ask("sinfo", "-h", "-N", "-o", "%T").split() == ["idle", "idle"], 60)
            if check("a cluster of two nodes", up, (cluster.ask("sinfo", "-N"), cluster.logs())):
                check("it listens to this host alone", not listening_beyond_loopback(cluster), listening_beyond_loopback(cluster))
                run_job(folder, cluster)
        finally:
            cluster.end()


if __name__ == "__main__":
    sys.exit(harness.main(sys.argv[1:], globals(), __doc__))
