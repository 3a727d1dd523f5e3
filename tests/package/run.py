import subprocess


def run(*command, **more):
    """What it printed; its failure fails the test, with all it said."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
