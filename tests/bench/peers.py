"""What people use today, set up as they would at its best: their servers, and the commands of their clients."""

import os
import socket
import subprocess

from stage import remove, run

SECONDS_TO_START = 15
RCLONE = ["rclone", "--config", "/dev/null", "-q"]


class PeerServer:
    """A server in the foreground, which keeps what it gets in `files`. `host` is where it listens."""

    def __init__(self, stage, name, files=None, host="127.0.0.1", wrap=()):
        self.stage, self.host, self.wrap = stage, host, list(wrap)
        self.etc = stage.folder("etc", name)
        self.files = files or stage.folder("peer", name)
        os.chmod(self.files, 0o777)
        self.port = free_port()
        self.process = None
        stage.add(self)
        self.configure()
        with open(os.path.join(self.etc, "log"), "ab") as log:
            self.process = subprocess.Popen([*self.wrap, *self.command()], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)
        self.wait_until_ready()

    def write(self, name, text):
        path = os.path.join(self.etc, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o600)
        return path

    def wait_until_ready(self):
        run(["python3", "-c", f"""
import socket, time
end = time.monotonic() + {SECONDS_TO_START}
while True:
    try:
        socket.create_connection(("{self.host}", {self.port}), 1).close()
        break
    except OSError:
        if time.monotonic() > end: raise
        time.sleep(0.05)
"""], wrap=self.wrap)

    def clear(self, *names):
        for name in names:
            remove(os.path.join(self.files, name))

    def close(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None


class RsyncDaemon(PeerServer):
    """Without encryption."""

    def configure(self):
        self.conf = self.write("rsyncd.conf", f"port={self.port}\naddress={self.host}\nuse chroot=no\n[files]\n"
                               f"path={self.files}\nread only=no\nuid=root\ngid=root\n")

    def command(self):
        return ["rsync", "--daemon", "--no-detach", f"--config={self.conf}"]

    def at(self, name=""):
        return f"rsync://{self.host}:{self.port}/files/{name}"


class Ssh(PeerServer):
    """For scp and rsync; AES-128-GCM, as ndisk uses."""

    def configure(self):
        for key in ("id", "host"):
            path = os.path.join(self.etc, key)
            remove(path, path + ".pub")
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path])
        os.makedirs("/run/sshd", exist_ok=True)
        with open(os.path.join(self.etc, "id.pub"), encoding="ascii") as public:
            authorized = self.write("authorized", public.read())
        self.conf = self.write("sshd.conf", f"Port {self.port}\nListenAddress {self.host}\nHostKey {self.etc}/host\n"
                               f"AuthorizedKeysFile {authorized}\nStrictModes no\nPidFile none\nMaxStartups 100\n"
                               "Subsystem sftp internal-sftp\nPermitRootLogin yes\n")
        self.client = self.write("ssh.conf", f"Host peer\n HostName {self.host}\n Port {self.port}\n User root\n"
                                 f" IdentityFile {self.etc}/id\n StrictHostKeyChecking no\n"
                                 " UserKnownHostsFile /dev/null\n LogLevel ERROR\n Ciphers aes128-gcm@openssh.com\n")

    def command(self):
        return ["/usr/sbin/sshd", "-D", "-e", "-f", self.conf]

    def at(self, name=""):
        return f"peer:{self.files}/{name}"

    def rsync(self, *options):
        return ["rsync", *options, "-e", f"ssh -F {self.client}"]

    def scp(self, *options):
        return ["scp", "-q", *options, "-F", self.client]

    def rclone(self, *arguments):
        """16 files at once; without the digests, for which it would have the server start a process for each file."""
        return [*RCLONE, "--sftp-host", self.host, "--sftp-port", str(self.port), "--sftp-user", "root",
                "--sftp-key-file", os.path.join(self.etc, "id"), "--sftp-disable-hashcheck", "--transfers", "16",
                *arguments]

    def at_rclone(self, name):
        return f":sftp:{self.files}/{name}"


class Nginx(PeerServer):
    """WebDAV over TLS 1.3, or without, for curl and rclone. Nobody verifies what came."""

    def __init__(self, stage, name, plain=False, host="127.0.0.1", wrap=()):
        self.plain = plain
        super().__init__(stage, name, host=host, wrap=wrap)

    def configure(self):
        certificate, key = (os.path.join(self.etc, name) for name in ("certificate.pem", "key.pem"))
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate])
        tls = f"ssl; ssl_certificate {certificate}; ssl_certificate_key {key}; ssl_protocols TLSv1.3"
        self.conf = self.write("nginx.conf", f"""
load_module modules/ngx_http_dav_ext_module.so;
user root; worker_processes 2; daemon off; pid {self.etc}/pid; error_log {self.etc}/errors;
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; client_max_body_size 0; keepalive_requests 100000;
  client_body_temp_path {self.etc}/bodies;
  server {{
    listen {self.host}:{self.port} {"" if self.plain else tls}; root {self.files};
    location / {{
      dav_methods PUT DELETE MKCOL COPY MOVE; dav_ext_methods PROPFIND OPTIONS; create_full_put_path on;
    }}
  }}
}}
""")

    def command(self):
        return ["nginx", "-c", self.conf]

    def at(self, name=""):
        return f"{'http' if self.plain else 'https'}://{self.host}:{self.port}/{name}"

    def curl(self, *options):
        return ["curl", "--silent", "--fail", "--insecure", *options]

    def curl_tree_up(self, source, at_once=16):
        """The files below a folder, into one of its name."""
        return self.curl_many(at_once, [
            f'upload-file = "{os.path.join(source, name)}"\nurl = "{self.at(os.path.basename(source))}/{name}"\n'
            for name in names_below(source)])

    def curl_tree_down(self, folder, target, at_once=16):
        """The files of such a folder, whose names are those of the stored ones."""
        return self.curl_many(at_once, [
            f'url = "{self.at(folder)}/{name}"\noutput = "{os.path.join(target, name)}"\n'
            for name in names_below(os.path.join(self.files, folder))])

    def curl_many(self, at_once, transfers):
        config = self.write("curl.conf", "".join(transfers))
        return [*self.curl("--parallel", "--parallel-max", str(at_once), "--create-dirs", "--config"), config]

    def rclone(self, *options):
        return [*RCLONE, "--no-check-certificate", "--webdav-url", self.at(), "--webdav-vendor", "other", *options]


def names_below(folder):
    return [os.path.relpath(os.path.join(path, name), folder) for path, _, names in os.walk(folder) for name in names]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
