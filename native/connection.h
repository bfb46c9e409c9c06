/*
 * A connection as the files of native/ that are about it know it: connection.c has its life and its
 * lock, bio.c its bytes, transport.c its calls. Everybody else has transport.h.
 */
#include "compat.h"

#include "transport.h"

#define TSPY_HEADER_PREFIX 3 /* content type, version (2 bytes) of the first record */

struct tspy_conn {
    SSL *ssl;
    int fd;
    int closed; /* fd is ours no more, and may be another socket's by now */
    tspy_memory memory; /* what there is where fd is -1 */

    pthread_mutex_t lock;
    int waiting;         /* how many threads wait for the lock; atomic */
    unsigned process;    /* the value of `forks` in the process that the lock is good for */
    int abandoned;       /* a fork took away the thread that was inside ssl */
    pthread_cond_t turn; /* signalled when writing becomes 0 */
    int writing;         /* a thread's write has begun and is not over, perhaps in poll() */
    pthread_t writer;    /* which one */
    const size_t *done;  /* and which of its writes, if a signal interrupted it */
    int notified;        /* our close_notify is out */

    int io_errno;        /* of the last call on fd that failed for good */
    int eof;

    /* The first bytes of a connection that may turn out to be TLCP or TLS. */
    int detect_ntls;
    unsigned char prefix[TSPY_HEADER_PREFIX];
    int prefix_len, prefix_used;
};

/* connection.c: every SSL_* call is made with the lock, which is recursive. */
void tspy_take(tspy_conn *conn);
void tspy_give(tspy_conn *conn);
/* Let those in who wait for the lock, and take it again. */
void tspy_let_others_in(tspy_conn *conn);
void tspy_no_empty_records(SSL *ssl);

/* bio.c */
BIO *tspy_bio_new(tspy_conn *conn);
/* The count; 0 at the end of the stream; -1 to try later; -2 for a failure noted in conn. */
int tspy_raw_read(tspy_conn *conn, char *buf, int len);
/* After data was read: the next that the connection reads begins a record. */
void tspy_expect_record(tspy_conn *conn);
