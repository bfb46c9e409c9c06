/*
 * A connection: its life, and the lock under which its SSL object is used.
 */
#include "connection.h"

#include <sched.h>

#include "tickets.h"

/* How often a writer gives up the processor for a thread that it has woken to take the lock. */
#define YIELDS 1000

/* ---- the lock ---- */

static unsigned forks; /* between the first process and this one */
static pthread_mutex_t adopting = PTHREAD_MUTEX_INITIALIZER;

static void count_fork(void)
{
    pthread_mutex_init(&adopting, NULL);
    forks++;
}

static pthread_once_t watch_forks_once = PTHREAD_ONCE_INIT;

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, count_fork);
}

static int init_lock(pthread_mutex_t *lock)
{
    pthread_mutexattr_t attr;
    int error;

    if ((error = pthread_mutexattr_init(&attr)) != 0)
        return error;
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    error = pthread_mutex_init(lock, &attr);
    pthread_mutexattr_destroy(&attr);
    return error;
}

/*
 * In a child process that was forked the other threads are gone, with the locks that they held. If
 * one of them was inside this connection, or in the middle of a record, the connection is of no
 * more use here; but closing it, as every such child does, must not wait for that thread.
 */
static void adopt(tspy_conn *conn)
{
    pthread_mutex_lock(&adopting);
    if (conn->process != forks) {
        if (pthread_mutex_trylock(&conn->lock) == 0)
            pthread_mutex_unlock(&conn->lock);
        else {
            conn->abandoned = conn->closed = 1;
            init_lock(&conn->lock);
        }
        if (conn->writing)
            conn->closed = 1;
        conn->writing = 0;
        conn->waiting = 0;
        pthread_cond_init(&conn->turn, NULL);
        conn->process = forks;
    }
    pthread_mutex_unlock(&adopting);
}

void tspy_take(tspy_conn *conn)
{
    if (conn->process != forks)
        adopt(conn);
    if (pthread_mutex_trylock(&conn->lock) == 0)
        return;
    __atomic_add_fetch(&conn->waiting, 1, __ATOMIC_RELAXED);
    pthread_mutex_lock(&conn->lock);
    __atomic_sub_fetch(&conn->waiting, 1, __ATOMIC_RELAXED);
}

void tspy_give(tspy_conn *conn)
{
    pthread_mutex_unlock(&conn->lock);
}

/* A mutex goes to whoever is quickest: who unlocks it and wants it back, if nothing is done. */
void tspy_let_others_in(tspy_conn *conn)
{
    int waiting = __atomic_load_n(&conn->waiting, __ATOMIC_RELAXED), i;

    if (waiting == 0)
        return;
    tspy_give(conn);
    for (i = 0; i < YIELDS && __atomic_load_n(&conn->waiting, __ATOMIC_RELAXED) >= waiting; i++)
        sched_yield();
    tspy_take(conn);
}

/* ---- life ---- */

/*
 * TLCP's version number is below that of TLS 1.1, so Tongsuo would put an empty record before each
 * one, as TLS 1.0 needs for CBC; but TLCP's records have an IV of their own, or GCM.
 */
void tspy_no_empty_records(SSL *ssl)
{
    SSL_set_options(ssl, SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS);
}

tspy_conn *tspy_conn_new(SSL_CTX *ctx, int server, int detect_ntls, int fd)
{
    tspy_conn *conn;
    BIO *bio = NULL;

    ERR_clear_error();
    pthread_once(&watch_forks_once, watch_forks);
    if ((conn = OPENSSL_zalloc(sizeof(*conn))) == NULL)
        return NULL;
    conn->fd = fd;
    conn->detect_ntls = detect_ntls;
    conn->process = forks;
    if (init_lock(&conn->lock) != 0) {
        OPENSSL_free(conn);
        return NULL;
    }
    pthread_cond_init(&conn->turn, NULL);
    if (fd < 0) {
        if ((conn->memory.kept = OPENSSL_malloc(TSPY_SMALL)) == NULL) {
            tspy_conn_free(conn);
            return NULL;
        }
        tspy_conn_taken(conn);
    }
    if ((conn->ssl = SSL_new(ctx)) == NULL || (bio = tspy_bio_new(conn)) == NULL) {
        tspy_conn_free(conn);
        return NULL;
    }
    tspy_set_first_ctx(conn->ssl, ctx);
    SSL_set_bio(conn->ssl, bio, bio);
    if (SSL_is_ntls(conn->ssl)) {
        tspy_no_empty_records(conn->ssl);
        /* Else SSL_get_error says WANT_READ of whatever ends a first handshake, as it is written
         * for the look-ahead: for a close_notify, too, behind which nobody would read on. */
        SSL_enable_force_ntls(conn->ssl);
    }
    if (server)
        SSL_set_accept_state(conn->ssl);
    else
        SSL_set_connect_state(conn->ssl);
    return conn;
}

void tspy_conn_free(tspy_conn *conn)
{
    if (conn == NULL)
        return;
    if (conn->process != forks)
        adopt(conn);
    if (conn->abandoned)
        return; /* nobody can tell what of it is whole */
    /*
     * Without a close_notify, even one that was never sent, SSL_free would take the session out of
     * the caches: nobody could resume it who does not unwrap(). RFC 5246, 7.2.1, allows it.
     */
    if (conn->ssl != NULL)
        SSL_set_shutdown(conn->ssl, SSL_SENT_SHUTDOWN | SSL_get_shutdown(conn->ssl));
    SSL_free(conn->ssl);
    OPENSSL_free(conn->memory.kept);
    OPENSSL_free(conn->memory.more);
    pthread_cond_destroy(&conn->turn);
    pthread_mutex_destroy(&conn->lock);
    OPENSSL_free(conn);
}

void tspy_conn_let_go(tspy_conn *conn)
{
    tspy_take(conn);
    conn->closed = 1;
    tspy_give(conn);
}

SSL *tspy_conn_ssl(tspy_conn *conn)
{
    return conn->ssl;
}

tspy_memory *tspy_conn_memory(tspy_conn *conn)
{
    return &conn->memory;
}

void tspy_conn_lock(tspy_conn *conn, int *held)
{
    tspy_take(conn);
    *held = 1;
}

void tspy_conn_unlock(tspy_conn *conn, int *held)
{
    if (*held) {
        *held = 0;
        tspy_give(conn);
    }
}
