/* Everything, in the order of dependency. */
#ifndef AUTH0DB_H
#define AUTH0DB_H

#include "auth0db/bulk.h"
#include "auth0db/client.h"
#include "auth0db/digests.h"
#include "auth0db/error.h"
#include "auth0db/export.h"
#include "auth0db/hash.h"
#include "auth0db/login.h"
#include "auth0db/policy.h"
#include "auth0db/sandbox.h"
#include "auth0db/scopes.h"
#include "auth0db/seal.h"
#include "auth0db/text.h"
#include "auth0db/version.h"
#include "auth0db/web.h"

#endif
