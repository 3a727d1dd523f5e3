BEGIN TRANSACTION;
CREATE TABLE "auth0db_auth0user" ("auth0_id" varchar(36) NOT NULL PRIMARY KEY, "user_id" integer NULL UNIQUE, "created" datetime NOT NULL);
INSERT INTO "auth0db_auth0user" VALUES('auth0|57a000000000000000000001',1,'2026-11-30 22:48:08.192776');
INSERT INTO "auth0db_auth0user" VALUES('auth0|57a000000000000000000002',2,'2026-11-30 22:48:08.235813');
INSERT INTO "auth0db_auth0user" VALUES('auth0|57a000000000000000000003',3,'2026-11-30 22:48:08.279316');
INSERT INTO "auth0db_auth0user" VALUES('auth0|57a000000000000000000004',NULL,'2026-11-30 22:48:08.324434');
CREATE TABLE "auth_group" (
    "id" integer NOT NULL PRIMARY KEY,
    "name" varchar(80) NOT NULL UNIQUE
);
CREATE TABLE "auth_group_permissions" (
    "id" integer NOT NULL PRIMARY KEY,
    "group_id" integer NOT NULL,
    "permission_id" integer NOT NULL REFERENCES "auth_permission" ("id"),
    UNIQUE ("group_id", "permission_id")
);
CREATE TABLE "auth_permission" (
    "id" integer NOT NULL PRIMARY KEY,
    "name" varchar(50) NOT NULL,
    "content_type_id" integer NOT NULL,
    "codename" varchar(100) NOT NULL,
    UNIQUE ("content_type_id", "codename")
);
INSERT INTO "auth_permission" VALUES(1,'Can add permission',1,'add_permission');
INSERT INTO "auth_permission" VALUES(2,'Can change permission',1,'change_permission');
INSERT INTO "auth_permission" VALUES(3,'Can delete permission',1,'delete_permission');
INSERT INTO "auth_permission" VALUES(4,'Can add group',2,'add_group');
INSERT INTO "auth_permission" VALUES(5,'Can change group',2,'change_group');
INSERT INTO "auth_permission" VALUES(6,'Can delete group',2,'delete_group');
INSERT INTO "auth_permission" VALUES(7,'Can add user',3,'add_user');
INSERT INTO "auth_permission" VALUES(8,'Can change user',3,'change_user');
INSERT INTO "auth_permission" VALUES(9,'Can delete user',3,'delete_user');
INSERT INTO "auth_permission" VALUES(10,'Can add content type',4,'add_contenttype');
INSERT INTO "auth_permission" VALUES(11,'Can change content type',4,'change_contenttype');
INSERT INTO "auth_permission" VALUES(12,'Can delete content type',4,'delete_contenttype');
INSERT INTO "auth_permission" VALUES(13,'Can add session',5,'add_session');
INSERT INTO "auth_permission" VALUES(14,'Can change session',5,'change_session');
INSERT INTO "auth_permission" VALUES(15,'Can delete session',5,'delete_session');
INSERT INTO "auth_permission" VALUES(16,'Can add log entry',6,'add_logentry');
INSERT INTO "auth_permission" VALUES(17,'Can change log entry',6,'change_logentry');
INSERT INTO "auth_permission" VALUES(18,'Can delete log entry',6,'delete_logentry');
INSERT INTO "auth_permission" VALUES(19,'Can add migration history',7,'add_migrationhistory');
INSERT INTO "auth_permission" VALUES(20,'Can change migration history',7,'change_migrationhistory');
INSERT INTO "auth_permission" VALUES(21,'Can delete migration history',7,'delete_migrationhistory');
INSERT INTO "auth_permission" VALUES(22,'Can add auth0 user',8,'add_auth0user');
INSERT INTO "auth_permission" VALUES(23,'Can change auth0 user',8,'change_auth0user');
INSERT INTO "auth_permission" VALUES(24,'Can delete auth0 user',8,'delete_auth0user');
CREATE TABLE "auth_user" (
    "id" integer NOT NULL PRIMARY KEY,
    "username" varchar(30) NOT NULL UNIQUE,
    "first_name" varchar(30) NOT NULL,
    "last_name" varchar(30) NOT NULL,
    "email" varchar(75) NOT NULL,
    "password" varchar(128) NOT NULL,
    "is_staff" bool NOT NULL,
    "is_active" bool NOT NULL,
    "is_superuser" bool NOT NULL,
    "last_login" datetime NOT NULL,
    "date_joined" datetime NOT NULL
);
INSERT INTO "auth_user" VALUES(1,'ann','','','ann@people.example','!',0,1,0,'2026-11-30 22:48:06.404792','2026-11-30 22:48:06.404792');
INSERT INTO "auth_user" VALUES(2,'bob','','','bob@people.example','!',0,1,0,'2026-11-30 22:48:06.743861','2026-11-30 22:48:06.743861');
INSERT INTO "auth_user" VALUES(3,'cy','','','cy@people.example','!',0,1,0,'2026-11-30 22:48:06.954945','2026-11-30 22:48:06.954945');
INSERT INTO "auth_user" VALUES(4,'dan','','','dan@people.example','!',0,1,0,'2026-11-30 22:48:07.154239','2026-11-30 22:48:07.154239');
CREATE TABLE "auth_user_groups" (
    "id" integer NOT NULL PRIMARY KEY,
    "user_id" integer NOT NULL,
    "group_id" integer NOT NULL REFERENCES "auth_group" ("id"),
    UNIQUE ("user_id", "group_id")
);
CREATE TABLE "auth_user_user_permissions" (
    "id" integer NOT NULL PRIMARY KEY,
    "user_id" integer NOT NULL,
    "permission_id" integer NOT NULL REFERENCES "auth_permission" ("id"),
    UNIQUE ("user_id", "permission_id")
);
CREATE TABLE "django_admin_log" (
    "id" integer NOT NULL PRIMARY KEY,
    "action_time" datetime NOT NULL,
    "user_id" integer NOT NULL REFERENCES "auth_user" ("id"),
    "content_type_id" integer REFERENCES "django_content_type" ("id"),
    "object_id" text,
    "object_repr" varchar(200) NOT NULL,
    "action_flag" smallint unsigned NOT NULL,
    "change_message" text NOT NULL
);
CREATE TABLE "django_content_type" (
    "id" integer NOT NULL PRIMARY KEY,
    "name" varchar(100) NOT NULL,
    "app_label" varchar(100) NOT NULL,
    "model" varchar(100) NOT NULL,
    UNIQUE ("app_label", "model")
);
INSERT INTO "django_content_type" VALUES(1,'permission','auth','permission');
INSERT INTO "django_content_type" VALUES(2,'group','auth','group');
INSERT INTO "django_content_type" VALUES(3,'user','auth','user');
INSERT INTO "django_content_type" VALUES(4,'content type','contenttypes','contenttype');
INSERT INTO "django_content_type" VALUES(5,'session','sessions','session');
INSERT INTO "django_content_type" VALUES(6,'log entry','admin','logentry');
INSERT INTO "django_content_type" VALUES(7,'migration history','south','migrationhistory');
INSERT INTO "django_content_type" VALUES(8,'auth0 user','auth0db','auth0user');
CREATE TABLE "django_session" (
    "session_key" varchar(40) NOT NULL PRIMARY KEY,
    "session_data" text NOT NULL,
    "expire_date" datetime NOT NULL
);
CREATE TABLE "south_migrationhistory" (
    "id" integer NOT NULL PRIMARY KEY,
    "app_name" varchar(255) NOT NULL,
    "migration" varchar(255) NOT NULL,
    "applied" datetime NOT NULL
);
INSERT INTO "south_migrationhistory" VALUES(1,'auth0db','0001_initial','2026-11-30 22:48:04.118651');
CREATE INDEX "auth_permission_e4470c6e" ON "auth_permission" ("content_type_id");
CREATE INDEX "auth_group_permissions_bda51c3c" ON "auth_group_permissions" ("group_id");
CREATE INDEX "auth_group_permissions_1e014c8f" ON "auth_group_permissions" ("permission_id");
CREATE INDEX "auth_user_user_permissions_fbfc09f1" ON "auth_user_user_permissions" ("user_id");
CREATE INDEX "auth_user_user_permissions_1e014c8f" ON "auth_user_user_permissions" ("permission_id");
CREATE INDEX "auth_user_groups_fbfc09f1" ON "auth_user_groups" ("user_id");
CREATE INDEX "auth_user_groups_bda51c3c" ON "auth_user_groups" ("group_id");
CREATE INDEX "django_session_c25c2c28" ON "django_session" ("expire_date");
CREATE INDEX "django_admin_log_fbfc09f1" ON "django_admin_log" ("user_id");
CREATE INDEX "django_admin_log_e4470c6e" ON "django_admin_log" ("content_type_id");
COMMIT;
