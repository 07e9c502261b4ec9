BEGIN TRANSACTION;
CREATE TABLE dependency (
        job INTEGER NOT NULL,
        needs INTEGER NOT NULL,
        PRIMARY KEY (job, needs)
    ) WITHOUT ROWID;
INSERT INTO "dependency" VALUES(6,4);
CREATE TABLE environment (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        data TEXT NOT NULL UNIQUE,
        jobs INTEGER NOT NULL DEFAULT 0
    );
INSERT INTO "environment" VALUES(1,'{"PATH":"/usr/bin:/bin","LC_CTYPE":"C.UTF-8"}',7);
CREATE TABLE job (
        seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        command TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state = 'pending' OR state = 'processing' OR state = 'completed' OR state = 'failed'
            OR state = 'dead'),
        queue TEXT NOT NULL,
        priority INTEGER NOT NULL,
        ready INTEGER NOT NULL CHECK (ready = 0 OR (held = 0 AND blocked = 0
            AND (state = 'pending' OR state = 'failed'))),
        held INTEGER NOT NULL,
        blocked INTEGER NOT NULL,
        run INTEGER NOT NULL DEFAULT 0,
        attempts INTEGER NOT NULL DEFAULT 0,
        due_at INTEGER NOT NULL,
        run_at INTEGER,
        max_retries INTEGER,
        timeout_s REAL,
        backoff_base REAL,
        on_interrupt TEXT NOT NULL CHECK (on_interrupt = 'retry' OR on_interrupt = 'dead'),
        tags TEXT,
        needs TEXT,
        cwd TEXT NOT NULL,
        env TEXT,
        environment INTEGER,
        enqueued_by TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        worker TEXT,
        started_at INTEGER,
        finished_at INTEGER,
        duration_ms INTEGER,
        exit_code INTEGER,
        signal INTEGER,
        error TEXT,
        reason TEXT CHECK (reason IS NULL OR reason IN ('exhausted', 'permanent', 'canceled', 'interrupted')),
        output_bytes INTEGER NOT NULL DEFAULT 0,
        stop TEXT CHECK (stop = 'cancel'),
        stop_by TEXT
    );
INSERT INTO "job" VALUES(1,'done','echo out; sleep 0.1; echo err >&2','completed','default',0,0,0,0,1,1,1795643988153,NULL,NULL,NULL,NULL,'retry',NULL,NULL,'/',NULL,1,'me@host',1795643988153,1795643988772,'wf7ngtcx',1795643988668,1795643988772,102,0,NULL,NULL,NULL,8,NULL,NULL);
INSERT INTO "job" VALUES(2,'lost','false','dead','default',0,0,0,0,2,2,1795643988779,NULL,NULL,NULL,NULL,'retry',NULL,NULL,'/',NULL,1,'me@host',1795643988352,1795643988783,'wf7ngtcx',1795643988779,1795643988783,3,1,NULL,NULL,'exhausted',0,NULL,NULL);
INSERT INTO "job" VALUES(3,'again','false','failed','default',0,0,0,0,1,1,1795644989975,NULL,NULL,NULL,NULL,'retry',NULL,NULL,'/',NULL,1,'me@host',1795643989531,1795643989975,'wefj96r5',1795643989970,1795643989975,5,1,NULL,NULL,NULL,0,NULL,NULL);
INSERT INTO "job" VALUES(4,'held','true','pending','default',0,0,1,0,0,0,1795643990221,NULL,NULL,NULL,NULL,'retry',NULL,NULL,'/',NULL,1,'me@host',1795643990221,1795643990221,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL);
INSERT INTO "job" VALUES(5,'later','true','pending','default',0,0,0,0,0,0,32472144000000,32472144000000,NULL,NULL,NULL,'retry',NULL,NULL,'/',NULL,1,'me@host',1795643990529,1795643990529,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL);
INSERT INTO "job" VALUES(6,'needs','true','pending','default',0,0,0,1,0,0,1795643990807,NULL,NULL,NULL,NULL,'retry',NULL,'["held"]','/',NULL,1,'me@host',1795643990807,1795643990807,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL);
INSERT INTO "job" VALUES(7,'next','true','pending','default',0,1,0,0,0,0,1795643991073,NULL,NULL,NULL,NULL,'retry','["x","y"]',NULL,'/','{"A":"b"}',1,'me@host',1795643991073,1795643991073,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL);
CREATE TABLE job_count (
        queue TEXT NOT NULL,
        state TEXT NOT NULL,
        jobs INTEGER NOT NULL CHECK (jobs >= 0),
        PRIMARY KEY (queue, state)
    ) WITHOUT ROWID;
INSERT INTO "job_count" VALUES('default','completed',1);
INSERT INTO "job_count" VALUES('default','dead',1);
INSERT INTO "job_count" VALUES('default','failed',1);
INSERT INTO "job_count" VALUES('default','pending',4);
INSERT INTO "job_count" VALUES('default','processing',0);
CREATE TABLE job_tag (
        job INTEGER NOT NULL,
        tag TEXT NOT NULL,
        PRIMARY KEY (job, tag)
    ) WITHOUT ROWID;
INSERT INTO "job_tag" VALUES(7,'x');
INSERT INTO "job_tag" VALUES(7,'y');
CREATE TABLE journal (
        id INTEGER NOT NULL PRIMARY KEY,
        job INTEGER NOT NULL,
        run INTEGER NOT NULL,
        at INTEGER NOT NULL,
        move TEXT NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        actor TEXT NOT NULL,
        reason TEXT
    );
CREATE TABLE output (
        id INTEGER NOT NULL PRIMARY KEY,
        job INTEGER NOT NULL,
        run INTEGER NOT NULL,
        pieces BLOB NOT NULL,
        data BLOB NOT NULL
    );
INSERT INTO "output" VALUES(1,1,1,X'0000000000000000000400000001000000000000000004000000',X'6F75740A6572720A');
CREATE TABLE queue (
        name TEXT NOT NULL PRIMARY KEY,
        paused INTEGER NOT NULL DEFAULT 0,
        max_running INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
INSERT INTO "queue" VALUES('slow',1,0);
CREATE TABLE run (
        job INTEGER NOT NULL,
        run INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        worker TEXT NOT NULL,
        host TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        finished_at INTEGER NOT NULL,
        duration_ms INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        exit_code INTEGER,
        signal INTEGER,
        error TEXT,
        cpu_ms INTEGER,
        max_rss_kib INTEGER,
        output_bytes INTEGER NOT NULL,
        dropped_bytes INTEGER NOT NULL,
        move TEXT NOT NULL,
        end_state TEXT NOT NULL,
        reason TEXT,
        actor TEXT,
        PRIMARY KEY (job, run)
    ) WITHOUT ROWID;
INSERT INTO "run" VALUES(1,1,1,'wf7ngtcx','host',1795643988668,1795643988772,102,'completed',0,NULL,NULL,2,1688,8,0,'complete','completed',NULL,NULL);
INSERT INTO "run" VALUES(2,1,1,'wf7ngtcx','host',1795643988772,1795643988779,7,'failed',1,NULL,NULL,1,260,0,0,'fail','failed',NULL,NULL);
INSERT INTO "run" VALUES(2,2,2,'wf7ngtcx','host',1795643988779,1795643988783,3,'failed',1,NULL,NULL,1,264,0,0,'bury','dead','exhausted',NULL);
INSERT INTO "run" VALUES(3,1,1,'wefj96r5','host',1795643989970,1795643989975,5,'failed',1,NULL,NULL,1,268,0,0,'fail','failed',NULL,NULL);
CREATE TABLE schema_change (
        version INTEGER NOT NULL PRIMARY KEY,
        needs INTEGER NOT NULL,
        program TEXT NOT NULL,
        applied_at INTEGER NOT NULL
    );
INSERT INTO "schema_change" VALUES(1,1,'0.1.0',1795643987578);
CREATE TABLE setting (
        key TEXT NOT NULL PRIMARY KEY,
        value TEXT NOT NULL,
        changed_at INTEGER NOT NULL
    ) WITHOUT ROWID;
INSERT INTO "setting" VALUES('backoff_base','1000',1795643989063);
INSERT INTO "setting" VALUES('backoff_max','30d',1795643989264);
INSERT INTO "setting" VALUES('max_retries','1',1795643987651);
CREATE TABLE worker (
        id TEXT NOT NULL PRIMARY KEY,
        pid INTEGER NOT NULL,
        pid_start REAL NOT NULL,
        host TEXT NOT NULL,
        queues TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        stop TEXT CHECK (stop IN ('drain', 'now'))
    ) WITHOUT ROWID;
CREATE INDEX job_ready ON job (priority DESC, seq) WHERE ready = 1;
CREATE INDEX job_ready_queue ON job (queue, priority DESC, seq) WHERE ready = 1;
CREATE INDEX job_due_pending ON job (due_at) WHERE state = 'pending' AND ready = 0 AND held = 0 AND blocked = 0;
CREATE INDEX job_due_failed ON job (due_at) WHERE state = 'failed' AND ready = 0 AND held = 0 AND blocked = 0;
CREATE INDEX job_parked ON job (seq) WHERE state = 'pending' AND ready = 0 AND (held = 1 OR blocked > 0);
CREATE INDEX job_in_pending ON job (seq) WHERE state = 'pending';
CREATE INDEX job_in_processing ON job (seq) WHERE state = 'processing';
CREATE INDEX job_in_completed ON job (seq) WHERE state = 'completed';
CREATE INDEX job_in_failed ON job (seq) WHERE state = 'failed';
CREATE INDEX job_in_dead ON job (seq) WHERE state = 'dead';
CREATE INDEX job_completed ON job (finished_at) WHERE state = 'completed';
CREATE INDEX output_run ON output (job, run);
CREATE INDEX dependency_needs ON dependency (needs);
CREATE INDEX job_tag_tag ON job_tag (tag, job);
CREATE INDEX journal_job ON journal (job);
CREATE VIEW dead_letter_queue AS SELECT * FROM job WHERE state = 'dead';
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('environment',7);
INSERT INTO "sqlite_sequence" VALUES('job',7);
COMMIT;
