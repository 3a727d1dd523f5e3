"""What Django's documentation lets a site do instead of writing the database into its settings."""
import os
import subprocess
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
COMMAND = Path(os.environ.get("AUTH0DB_BUILD", ROOT / "build")).resolve() / "auth0db"


def test_a_file_of_the_databases_own_says_where_the_users_are(server, tmp_path):
    told, file, env = server.settings(), tmp_path / "database", {"PATH": os.environ["PATH"]}
    if server.name == "postgres":
        file.write_text("[site]\nhost={HOST}\nport={PORT}\ndbname={NAME}\nuser={USER}\n".format(**told))
        env.update(PGSERVICEFILE=str(file), DATABASE_URL="postgresql:///?service=site")
    else:
        file.write_text("[client]\nhost={HOST}\nport={PORT}\ndatabase={NAME}\nuser={USER}\n".format(**told))
        env["DATABASE_URL"] = "mysql:///?read_default_file=" + quote(str(file), safe="")
    done = subprocess.run([COMMAND, "plan", "--no-tenant"], env=env, capture_output=True, text=True, timeout=60)
    # that database has no site in it, which only who is connected to it can say
    assert (done.returncode, "database: has no table auth_user: " in done.stderr) == (3, True), done.stderr
