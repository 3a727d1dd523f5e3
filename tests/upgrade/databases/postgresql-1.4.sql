CREATE TABLE public.auth0db_auth0user (
    auth0_id character varying(36) NOT NULL,
    user_id integer,
    created timestamp with time zone NOT NULL
);
CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(80) NOT NULL
);
CREATE SEQUENCE public.auth_group_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.auth_group_id_seq OWNED BY public.auth_group.id;
CREATE TABLE public.auth_group_permissions (
    id integer NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);
CREATE SEQUENCE public.auth_group_permissions_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.auth_group_permissions_id_seq OWNED BY public.auth_group_permissions.id;
CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(50) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);
CREATE SEQUENCE public.auth_permission_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.auth_permission_id_seq OWNED BY public.auth_permission.id;
CREATE TABLE public.auth_user (
    id integer NOT NULL,
    username character varying(30) NOT NULL,
    first_name character varying(30) NOT NULL,
    last_name character varying(30) NOT NULL,
    email character varying(75) NOT NULL,
    password character varying(128) NOT NULL,
    is_staff boolean NOT NULL,
    is_active boolean NOT NULL,
    is_superuser boolean NOT NULL,
    last_login timestamp with time zone NOT NULL,
    date_joined timestamp with time zone NOT NULL
);
CREATE TABLE public.auth_user_groups (
    id integer NOT NULL,
    user_id integer NOT NULL,
    group_id integer NOT NULL
);
CREATE SEQUENCE public.auth_user_groups_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.auth_user_groups_id_seq OWNED BY public.auth_user_groups.id;
CREATE SEQUENCE public.auth_user_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.auth_user_id_seq OWNED BY public.auth_user.id;
CREATE TABLE public.auth_user_user_permissions (
    id integer NOT NULL,
    user_id integer NOT NULL,
    permission_id integer NOT NULL
);
CREATE SEQUENCE public.auth_user_user_permissions_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.auth_user_user_permissions_id_seq OWNED BY public.auth_user_user_permissions.id;
CREATE TABLE public.django_admin_log (
    id integer NOT NULL,
    action_time timestamp with time zone NOT NULL,
    user_id integer NOT NULL,
    content_type_id integer,
    object_id text,
    object_repr character varying(200) NOT NULL,
    action_flag smallint NOT NULL,
    change_message text NOT NULL,
    CONSTRAINT django_admin_log_action_flag_check CHECK ((action_flag >= 0))
);
CREATE SEQUENCE public.django_admin_log_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.django_admin_log_id_seq OWNED BY public.django_admin_log.id;
CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    name character varying(100) NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);
CREATE SEQUENCE public.django_content_type_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.django_content_type_id_seq OWNED BY public.django_content_type.id;
CREATE TABLE public.django_session (
    session_key character varying(40) NOT NULL,
    session_data text NOT NULL,
    expire_date timestamp with time zone NOT NULL
);
CREATE TABLE public.south_migrationhistory (
    id integer NOT NULL,
    app_name character varying(255) NOT NULL,
    migration character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.south_migrationhistory_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.south_migrationhistory_id_seq OWNED BY public.south_migrationhistory.id;
ALTER TABLE ONLY public.auth_group ALTER COLUMN id SET DEFAULT nextval('public.auth_group_id_seq'::regclass);
ALTER TABLE ONLY public.auth_group_permissions ALTER COLUMN id SET DEFAULT nextval('public.auth_group_permissions_id_seq'::regclass);
ALTER TABLE ONLY public.auth_permission ALTER COLUMN id SET DEFAULT nextval('public.auth_permission_id_seq'::regclass);
ALTER TABLE ONLY public.auth_user ALTER COLUMN id SET DEFAULT nextval('public.auth_user_id_seq'::regclass);
ALTER TABLE ONLY public.auth_user_groups ALTER COLUMN id SET DEFAULT nextval('public.auth_user_groups_id_seq'::regclass);
ALTER TABLE ONLY public.auth_user_user_permissions ALTER COLUMN id SET DEFAULT nextval('public.auth_user_user_permissions_id_seq'::regclass);
ALTER TABLE ONLY public.django_admin_log ALTER COLUMN id SET DEFAULT nextval('public.django_admin_log_id_seq'::regclass);
ALTER TABLE ONLY public.django_content_type ALTER COLUMN id SET DEFAULT nextval('public.django_content_type_id_seq'::regclass);
ALTER TABLE ONLY public.south_migrationhistory ALTER COLUMN id SET DEFAULT nextval('public.south_migrationhistory_id_seq'::regclass);
INSERT INTO public.auth0db_auth0user VALUES ('auth0|57a000000000000000000001', 1, '2026-11-30 22:48:37.599599+00');
INSERT INTO public.auth0db_auth0user VALUES ('auth0|57a000000000000000000002', 2, '2026-11-30 22:48:37.61514+00');
INSERT INTO public.auth0db_auth0user VALUES ('auth0|57a000000000000000000003', 3, '2026-11-30 22:48:37.642695+00');
INSERT INTO public.auth0db_auth0user VALUES ('auth0|57a000000000000000000004', NULL, '2026-11-30 22:48:37.64619+00');
INSERT INTO public.auth_permission VALUES (1, 'Can add permission', 1, 'add_permission');
INSERT INTO public.auth_permission VALUES (2, 'Can change permission', 1, 'change_permission');
INSERT INTO public.auth_permission VALUES (3, 'Can delete permission', 1, 'delete_permission');
INSERT INTO public.auth_permission VALUES (4, 'Can add group', 2, 'add_group');
INSERT INTO public.auth_permission VALUES (5, 'Can change group', 2, 'change_group');
INSERT INTO public.auth_permission VALUES (6, 'Can delete group', 2, 'delete_group');
INSERT INTO public.auth_permission VALUES (7, 'Can add user', 3, 'add_user');
INSERT INTO public.auth_permission VALUES (8, 'Can change user', 3, 'change_user');
INSERT INTO public.auth_permission VALUES (9, 'Can delete user', 3, 'delete_user');
INSERT INTO public.auth_permission VALUES (10, 'Can add content type', 4, 'add_contenttype');
INSERT INTO public.auth_permission VALUES (11, 'Can change content type', 4, 'change_contenttype');
INSERT INTO public.auth_permission VALUES (12, 'Can delete content type', 4, 'delete_contenttype');
INSERT INTO public.auth_permission VALUES (13, 'Can add session', 5, 'add_session');
INSERT INTO public.auth_permission VALUES (14, 'Can change session', 5, 'change_session');
INSERT INTO public.auth_permission VALUES (15, 'Can delete session', 5, 'delete_session');
INSERT INTO public.auth_permission VALUES (16, 'Can add log entry', 6, 'add_logentry');
INSERT INTO public.auth_permission VALUES (17, 'Can change log entry', 6, 'change_logentry');
INSERT INTO public.auth_permission VALUES (18, 'Can delete log entry', 6, 'delete_logentry');
INSERT INTO public.auth_permission VALUES (19, 'Can add migration history', 7, 'add_migrationhistory');
INSERT INTO public.auth_permission VALUES (20, 'Can change migration history', 7, 'change_migrationhistory');
INSERT INTO public.auth_permission VALUES (21, 'Can delete migration history', 7, 'delete_migrationhistory');
INSERT INTO public.auth_permission VALUES (22, 'Can add auth0 user', 8, 'add_auth0user');
INSERT INTO public.auth_permission VALUES (23, 'Can change auth0 user', 8, 'change_auth0user');
INSERT INTO public.auth_permission VALUES (24, 'Can delete auth0 user', 8, 'delete_auth0user');
INSERT INTO public.auth_user VALUES (1, 'ann', '', '', 'ann@people.example', '!', false, true, false, '2026-11-30 22:48:37.152019+00', '2026-11-30 22:48:37.152019+00');
INSERT INTO public.auth_user VALUES (2, 'bob', '', '', 'bob@people.example', '!', false, true, false, '2026-11-30 22:48:37.226524+00', '2026-11-30 22:48:37.226524+00');
INSERT INTO public.auth_user VALUES (3, 'cy', '', '', 'cy@people.example', '!', false, true, false, '2026-11-30 22:48:37.262114+00', '2026-11-30 22:48:37.262114+00');
INSERT INTO public.auth_user VALUES (4, 'dan', '', '', 'dan@people.example', '!', false, true, false, '2026-11-30 22:48:37.294826+00', '2026-11-30 22:48:37.294826+00');
INSERT INTO public.django_content_type VALUES (1, 'permission', 'auth', 'permission');
INSERT INTO public.django_content_type VALUES (2, 'group', 'auth', 'group');
INSERT INTO public.django_content_type VALUES (3, 'user', 'auth', 'user');
INSERT INTO public.django_content_type VALUES (4, 'content type', 'contenttypes', 'contenttype');
INSERT INTO public.django_content_type VALUES (5, 'session', 'sessions', 'session');
INSERT INTO public.django_content_type VALUES (6, 'log entry', 'admin', 'logentry');
INSERT INTO public.django_content_type VALUES (7, 'migration history', 'south', 'migrationhistory');
INSERT INTO public.django_content_type VALUES (8, 'auth0 user', 'auth0db', 'auth0user');
INSERT INTO public.south_migrationhistory VALUES (1, 'auth0db', '0001_initial', '2026-11-30 22:48:35.919786+00');
SELECT pg_catalog.setval('public.auth_group_id_seq', 1, false);
SELECT pg_catalog.setval('public.auth_group_permissions_id_seq', 1, false);
SELECT pg_catalog.setval('public.auth_permission_id_seq', 24, true);
SELECT pg_catalog.setval('public.auth_user_groups_id_seq', 1, false);
SELECT pg_catalog.setval('public.auth_user_id_seq', 5, true);
SELECT pg_catalog.setval('public.auth_user_user_permissions_id_seq', 1, false);
SELECT pg_catalog.setval('public.django_admin_log_id_seq', 1, false);
SELECT pg_catalog.setval('public.django_content_type_id_seq', 8, true);
SELECT pg_catalog.setval('public.south_migrationhistory_id_seq', 1, true);
ALTER TABLE ONLY public.auth0db_auth0user
    ADD CONSTRAINT auth0db_auth0user_pkey PRIMARY KEY (auth0_id);
ALTER TABLE ONLY public.auth0db_auth0user
    ADD CONSTRAINT auth0db_auth0user_user_id_key UNIQUE (user_id);
ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_key UNIQUE (group_id, permission_id);
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_key UNIQUE (content_type_id, codename);
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_user_groups
    ADD CONSTRAINT auth_user_groups_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_user_groups
    ADD CONSTRAINT auth_user_groups_user_id_group_id_key UNIQUE (user_id, group_id);
ALTER TABLE ONLY public.auth_user
    ADD CONSTRAINT auth_user_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_user_user_permissions
    ADD CONSTRAINT auth_user_user_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_user_user_permissions
    ADD CONSTRAINT auth_user_user_permissions_user_id_permission_id_key UNIQUE (user_id, permission_id);
ALTER TABLE ONLY public.auth_user
    ADD CONSTRAINT auth_user_username_key UNIQUE (username);
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_key UNIQUE (app_label, model);
ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_session
    ADD CONSTRAINT django_session_pkey PRIMARY KEY (session_key);
ALTER TABLE ONLY public.south_migrationhistory
    ADD CONSTRAINT south_migrationhistory_pkey PRIMARY KEY (id);
CREATE INDEX auth_group_permissions_group_id ON public.auth_group_permissions USING btree (group_id);
CREATE INDEX auth_group_permissions_permission_id ON public.auth_group_permissions USING btree (permission_id);
CREATE INDEX auth_permission_content_type_id ON public.auth_permission USING btree (content_type_id);
CREATE INDEX auth_user_groups_group_id ON public.auth_user_groups USING btree (group_id);
CREATE INDEX auth_user_groups_user_id ON public.auth_user_groups USING btree (user_id);
CREATE INDEX auth_user_user_permissions_permission_id ON public.auth_user_user_permissions USING btree (permission_id);
CREATE INDEX auth_user_user_permissions_user_id ON public.auth_user_user_permissions USING btree (user_id);
CREATE INDEX django_admin_log_content_type_id ON public.django_admin_log USING btree (content_type_id);
CREATE INDEX django_admin_log_user_id ON public.django_admin_log USING btree (user_id);
CREATE INDEX django_session_expire_date ON public.django_session USING btree (expire_date);
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_permission_id_fkey FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_user_groups
    ADD CONSTRAINT auth_user_groups_group_id_fkey FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_user_user_permissions
    ADD CONSTRAINT auth_user_user_permissions_permission_id_fkey FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT content_type_id_refs_id_728de91f FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_content_type_id_fkey FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT group_id_refs_id_3cea63fe FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_user_groups
    ADD CONSTRAINT user_id_refs_id_831107f1 FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth0db_auth0user
    ADD CONSTRAINT user_id_refs_id_eae9e087 FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_user_user_permissions
    ADD CONSTRAINT user_id_refs_id_f2045483 FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
