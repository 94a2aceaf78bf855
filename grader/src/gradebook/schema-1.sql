-- The gradebook of a class, version 1 (PRAGMA user_version). Times are milliseconds since 1970, UTC.
-- A grading is a fact and is never changed; a grade says which grading counts for a student's lab.

-- Every call of `grader class` that reached the gradebook.
CREATE TABLE run (
    id              INTEGER PRIMARY KEY,
    uid             TEXT NOT NULL UNIQUE,   -- the same in every gradebook that the run is merged into
    started_at      INTEGER NOT NULL,
    finished_at     INTEGER,                -- NULL: killed, or not finished yet
    grader          TEXT NOT NULL,
    rustc           TEXT NOT NULL,
    checks_sha256   TEXT NOT NULL,
    lockfile_sha256 TEXT NOT NULL,
    cell            TEXT NOT NULL           -- what held the programs
) STRICT;

-- Everyone who handed something in or stands in the roster.
CREATE TABLE student (
    id         TEXT PRIMARY KEY,            -- the name of the folder or archive
    name       TEXT,
    email      TEXT,
    submission INTEGER REFERENCES submission (id)   -- the last one seen; NULL: none yet
) STRICT;

-- What was found for a student; the same files handed in again are the same submission.
CREATE TABLE submission (
    id           INTEGER PRIMARY KEY,
    student      TEXT NOT NULL REFERENCES student (id),
    path         TEXT NOT NULL,
    sha256       TEXT NOT NULL,             -- of everything that was taken; empty where nothing was
    verdict      TEXT NOT NULL,             -- GRADED, REJECTED, or INFRA: the grader could not read it
    message      TEXT,                      -- why it was rejected or could not be read, or that it is empty
    ignored      TEXT NOT NULL,             -- JSON list of files that are not the student's to write
    submitted_at INTEGER,                   -- the roster's word, which wins over the files' times
    seen_at      INTEGER NOT NULL,
    UNIQUE (student, sha256, verdict)
) STRICT;

-- The labs that a submission holds.
CREATE TABLE submitted_lab (
    submission  INTEGER NOT NULL REFERENCES submission (id),
    lab         TEXT NOT NULL,
    sha256      TEXT NOT NULL,              -- of what is the student's to write
    modified_at INTEGER,                    -- when it was last written to; NULL: an untouched stub
    PRIMARY KEY (submission, lab)
) STRICT, WITHOUT ROWID;

-- One lab's sources, graded once, by one run.
CREATE TABLE grading (
    id        INTEGER PRIMARY KEY,
    key       TEXT NOT NULL,                -- hash of everything that the verdict is a function of
    run       INTEGER NOT NULL REFERENCES run (id),
    lab       TEXT NOT NULL,
    verdict   TEXT NOT NULL,                -- PASS, FAIL, BUILD_FAIL, MISSING, SKIP
    score     INTEGER NOT NULL,
    max       INTEGER NOT NULL,
    message   TEXT,
    graded_at INTEGER NOT NULL,
    UNIQUE (key, run)
) STRICT;

-- One check of a grading.
CREATE TABLE verdict (
    grading     INTEGER NOT NULL REFERENCES grading (id) ON DELETE CASCADE,
    place       INTEGER NOT NULL,           -- in the lab's contract, from 0
    name        TEXT NOT NULL,
    audience    TEXT NOT NULL,              -- public or hidden
    points      INTEGER NOT NULL,
    earned      INTEGER NOT NULL,
    verdict     TEXT NOT NULL,
    seconds     REAL NOT NULL,
    cpu_seconds REAL NOT NULL,
    seed        INTEGER NOT NULL,           -- 64 bits, shown by SQLite as signed
    expected    TEXT,                       -- what was wrong, where something was
    got         TEXT,
    step        INTEGER,
    skip        TEXT,
    nearest_bug TEXT,
    PRIMARY KEY (grading, place)
) STRICT, WITHOUT ROWID;

-- What a failed check left behind. A capture can be opened in Wireshark:
-- SELECT writefile('x.pcapng', content) FROM evidence WHERE kind = 'capture' AND grading = … AND place = …
CREATE TABLE evidence (
    grading INTEGER NOT NULL REFERENCES grading (id) ON DELETE CASCADE,
    place   INTEGER NOT NULL,
    kind    TEXT NOT NULL,                  -- page (text), story (JSON), capture (pcapng)
    is_cut  INTEGER NOT NULL,               -- 1: longer than is kept, the rest is left out
    content BLOB NOT NULL,
    PRIMARY KEY (grading, place, kind)
) STRICT, WITHOUT ROWID;

-- The grading that counts now.
CREATE TABLE grade (
    student    TEXT NOT NULL REFERENCES student (id),
    lab        TEXT NOT NULL,
    grading    INTEGER NOT NULL REFERENCES grading (id),
    submission INTEGER REFERENCES submission (id),
    entered_at INTEGER NOT NULL,
    PRIMARY KEY (student, lab)
) STRICT, WITHOUT ROWID;

-- Those that counted before.
CREATE TABLE past_grade (
    student     TEXT NOT NULL REFERENCES student (id),
    lab         TEXT NOT NULL,
    grading     INTEGER NOT NULL REFERENCES grading (id),
    submission  INTEGER REFERENCES submission (id),
    entered_at  INTEGER NOT NULL,
    replaced_at INTEGER NOT NULL,
    PRIMARY KEY (student, lab, replaced_at)
) STRICT, WITHOUT ROWID;

-- Gradings that the grader had trouble of its own with, until one succeeds: never a zero, old grades stay.
CREATE TABLE quarantine (
    key      TEXT PRIMARY KEY,
    lab      TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    since    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- When each lab was due. What late work loses is the instructor's to say.
CREATE TABLE due (
    lab           TEXT PRIMARY KEY,
    due_at        INTEGER NOT NULL,
    grace_seconds INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX grading_by_lab ON grading (lab);
CREATE INDEX submission_by_student ON submission (student);
