"""tools/web-packages: what the build takes from npm is what the lock file says, or nothing."""
import re
import shutil

from licetd import TOP, clean_env, run

WEB = TOP / "server" / "web"
TOOL = TOP / "tools" / "web-packages"


def test_pinned_by_digest(tmp_path):
    for name in ("package.json", "package-lock.json"):
        shutil.copy(WEB / name, tmp_path)
    lock = tmp_path / "package-lock.json"
    text = lock.read_text()
    found = re.findall(r'"integrity": "sha512-(.)', text)
    assert len(found) == text.count('"node_modules/'), "every package has a digest"
    lock.write_text(text.replace('"sha512-' + found[0], '"sha512-' + ("A" if found[0] != "A" else "B"), 1))
    done = run(TOOL, tmp_path, tmp_path / "out", check=False, timeout=300,
               env=clean_env(npm_config_cache=str(tmp_path / "cache")))
    assert done.returncode == 1 and "EINTEGRITY" in done.stderr
    assert not (tmp_path / "out" / "node_modules").exists()


def test_without_npm(tmp_path):
    """configure then leaves the QR reader out. What was fetched before needs neither npm nor network."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "env", "cmp", "sed"):
        (programs / name).symlink_to(shutil.which(name))
    bare = clean_env(PATH=str(programs))
    done = run(TOOL, WEB, tmp_path / "out", check=False, env=bare)
    assert done.returncode == 1 and done.stderr == "no npm\n"
    (tmp_path / "out" / "node_modules").mkdir(parents=True)
    shutil.copy(WEB / "package-lock.json", tmp_path / "out" / ".npm-lock")
    run(TOOL, WEB, tmp_path / "out", env=bare)
