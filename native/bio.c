/*
 * A connection's bytes: a BIO that never blocks (MSG_DONTWAIT, whatever the mode of the socket), or
 * one over memory that Python fills and empties around each call.
 */
#include "connection.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

static BIO_METHOD *conn_bio_method;
static pthread_once_t conn_bio_once = PTHREAD_ONCE_INIT;

static int retryable(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/* The count; 0 at the end; -1, and how much it would have read, where nothing more was given. */
static int memory_read(tspy_conn *conn, char *buf, int len)
{
    tspy_memory *m = &conn->memory;

    if (m->left == 0) {
        if (m->end)
            return 0;
        m->wanted = len;
        m->record = len == SSL3_RT_HEADER_LENGTH && SSL_rstate_string(conn->ssl)[1] == 'H';
        return -1;
    }
    if ((size_t)len > m->left)
        len = (int)m->left;
    memcpy(buf, m->given, (size_t)len);
    m->given += len;
    m->left -= (size_t)len;
    return len;
}

void tspy_expect_record(tspy_conn *conn)
{
    tspy_memory *m = &conn->memory;

    if (conn->fd < 0 && m->left == 0 && SSL_pending(conn->ssl) == 0) {
        m->wanted = SSL3_RT_HEADER_LENGTH;
        m->record = 1;
    }
}

/* The count, or -1 for want of memory. */
static int memory_write(tspy_memory *m, const char *buf, int len)
{
    size_t needed = m->written + (size_t)len;

    if (needed > m->room) {
        size_t room = needed > 2 * m->room ? needed : 2 * m->room;
        char *output = OPENSSL_realloc(m->more, room);

        if (output == NULL)
            return -1;
        if (m->more == NULL)
            memcpy(output, m->kept, m->written);
        m->output = m->more = output;
        m->room = room;
    }
    memcpy(m->output + m->written, buf, (size_t)len);
    m->written = needed;
    return len;
}

int tspy_raw_read(tspy_conn *conn, char *buf, int len)
{
    ssize_t n;

    if (conn->fd < 0)
        n = memory_read(conn, buf, len);
    else if (conn->closed) {
        conn->io_errno = EBADF;
        return -2;
    } else {
        n = recv(conn->fd, buf, (size_t)len, MSG_DONTWAIT);
        if (n < 0 && !retryable(errno)) {
            conn->io_errno = errno;
            return -2;
        }
    }
    if (n == 0)
        conn->eof = 1;
    return (int)n;
}

static int conn_bio_read(BIO *bio, char *buf, int len)
{
    tspy_conn *conn = BIO_get_data(bio);
    int n;

    BIO_clear_retry_flags(bio);
    if (len <= 0)
        return 0;
    if (conn->prefix_used < conn->prefix_len) {
        n = conn->prefix_len - conn->prefix_used;
        if (n > len)
            n = len;
        memcpy(buf, conn->prefix + conn->prefix_used, (size_t)n);
        conn->prefix_used += n;
        return n;
    }
    n = tspy_raw_read(conn, buf, len);
    if (n == -1)
        BIO_set_retry_read(bio);
    return n < 0 ? -1 : n;
}

static int conn_bio_write(BIO *bio, const char *buf, int len)
{
    tspy_conn *conn = BIO_get_data(bio);
    ssize_t n;

    BIO_clear_retry_flags(bio);
    if (conn->fd < 0)
        return memory_write(&conn->memory, buf, len);
    if (conn->closed) {
        conn->io_errno = EBADF;
        return -1;
    }
    n = send(conn->fd, buf, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0) {
        if (retryable(errno))
            BIO_set_retry_write(bio);
        else
            conn->io_errno = errno;
        return -1;
    }
    return (int)n;
}

static long conn_bio_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
    tspy_conn *conn = BIO_get_data(bio);

    (void)num;
    (void)ptr;
    switch (cmd) {
    case BIO_CTRL_FLUSH:
    case BIO_CTRL_DUP:
        return 1;
    case BIO_CTRL_EOF:
        return conn->eof;
    default:
        return 0;
    }
}

static void make_conn_bio_method(void)
{
    BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tongsuo_py");

    if (m != NULL) {
        BIO_meth_set_read(m, conn_bio_read);
        BIO_meth_set_write(m, conn_bio_write);
        BIO_meth_set_ctrl(m, conn_bio_ctrl);
    }
    conn_bio_method = m;
}

BIO *tspy_bio_new(tspy_conn *conn)
{
    BIO *bio;

    pthread_once(&conn_bio_once, make_conn_bio_method);
    if (conn_bio_method == NULL || (bio = BIO_new(conn_bio_method)) == NULL)
        return NULL;
    BIO_set_data(bio, conn);
    BIO_set_init(bio, 1);
    return bio;
}

/* ---- memory, as Python fills and empties it ---- */

void tspy_conn_give(tspy_conn *conn, const char *data, size_t len)
{
    tspy_memory *m = &conn->memory;

    m->given = data;
    m->left = len;
    m->wanted = 0;
    m->record = 0;
}

void tspy_conn_taken(tspy_conn *conn)
{
    tspy_memory *m = &conn->memory;

    m->written = 0;
    OPENSSL_free(m->more);
    m->more = NULL;
    m->output = m->kept;
    m->room = TSPY_SMALL;
}
