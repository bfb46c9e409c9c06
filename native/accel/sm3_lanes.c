/*
 * Each lane is given pieces of whole blocks, the last of which ends with the padding that we put
 * there ourselves: the library can end all of its lanes only at the same time.
 */
#include <stdint.h>
#include <string.h>

#include <crypto_mb/sm3.h>
#include <openssl/crypto.h>

#include "sm3_lanes.h"

enum {
    LANES = SM3_NUM_BUFFERS,
    BLOCK = SM3_MSG_BLOCK_SIZE,
    WORDS = SM3_SIZE_IN_WORDS,
    HEAD = 32,              /* bytes */
    LENGTH = 8,             /* bytes of the length, at the end of the last block */
    SHORT = 4 * BLOCK,      /* what is no longer than this, with its padding, is copied as a whole */
    LONGEST_STEP = 1 << 30, /* bytes; the library counts them with an int */
};

typedef struct {
    const unsigned char *at;
    size_t size; /* bytes; whole blocks */
} piece;

typedef struct {
    const tspy_sm3_message *message; /* NULL: this lane has nothing to do */
    piece pieces[3];
    int piece;
    unsigned char first[BLOCK], last[SHORT];
} lane;

static const int32u START[WORDS] = {0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600,
                                    0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E};

/* `used` bytes are in `last`: pad them, for a message of `total` bytes. How many there are then. */
static size_t pad(unsigned char *last, size_t used, uint64_t total)
{
    size_t size = (used + 1 + LENGTH + BLOCK - 1) / BLOCK * BLOCK;

    last[used] = 0x80;
    memset(last + used + 1, 0, size - used - 1);
    for (int i = 0; i < LENGTH; i++)
        last[size - 1 - (size_t)i] = (unsigned char)(total * 8 >> (8 * i));
    return size;
}

static void begin(lane *here, const tspy_sm3_message *message)
{
    size_t head = message->head == NULL ? 0 : HEAD;
    const unsigned char *data = message->data;
    size_t size = message->size;
    uint64_t total = (uint64_t)head + size;
    piece *next = here->pieces;
    size_t used = 0;

    here->message = message;
    here->piece = 0;
    if (total + 1 + LENGTH <= SHORT) {
        if (head > 0)
            memcpy(here->last, message->head, HEAD);
        if (size > 0)
            memcpy(here->last + head, data, size);
        used = (size_t)total;
    } else {
        size_t body;

        if (head > 0) {
            memcpy(here->first, message->head, HEAD);
            memcpy(here->first + HEAD, data, BLOCK - HEAD);
            *next++ = (piece){here->first, BLOCK};
            data += BLOCK - HEAD;
            size -= BLOCK - HEAD;
        }
        body = size / BLOCK * BLOCK;
        *next++ = (piece){data, body};
        used = size - body;
        memcpy(here->last, data + body, used);
    }
    *next++ = (piece){here->last, pad(here->last, used, total)};
    if (next < here->pieces + 3)
        next->size = 0;
}

static void set_state(SM3_CTX_mb16 *state, int number)
{
    for (int i = 0; i < WORDS; i++)
        state->msg_hash[i][number] = START[i];
}

static void get_digest(unsigned char *digest, const SM3_CTX_mb16 *state, int number)
{
    for (int i = 0; i < 4 * WORDS; i++)
        digest[i] = (unsigned char)(state->msg_hash[i / 4][number] >> (24 - 8 * (i % 4)));
}

/* Go on by `step` bytes. 1: the message ends there. */
static int advance(lane *here, size_t step)
{
    piece *now = &here->pieces[here->piece];

    now->at += step;
    now->size -= step;
    if (now->size > 0)
        return 0;
    here->piece++;
    return here->piece == 3 || here->pieces[here->piece].size == 0;
}

void tspy_sm3_lanes(const tspy_sm3_message *messages, size_t count)
{
    SM3_CTX_mb16 state;
    lane lanes[LANES];
    size_t begun = 0;

    mbx_sm3_init_mb16(&state);
    for (int i = 0; i < LANES; i++)
        lanes[i].message = NULL;
    for (;;) {
        const int8u *data[LANES];
        int sizes[LANES];
        size_t step = LONGEST_STEP;
        int busy = 0;

        for (int i = 0; i < LANES; i++) {
            if (lanes[i].message == NULL && begun < count) {
                begin(&lanes[i], &messages[begun++]);
                set_state(&state, i);
            }
            if (lanes[i].message != NULL) {
                const piece *now = &lanes[i].pieces[lanes[i].piece];

                busy = 1;
                step = now->size < step ? now->size : step;
                data[i] = now->at;
            } else
                data[i] = NULL;
        }
        if (!busy)
            break;
        for (int i = 0; i < LANES; i++)
            sizes[i] = data[i] == NULL ? 0 : (int)step;
        mbx_sm3_update_mb16(data, sizes, &state);
        for (int i = 0; i < LANES; i++)
            if (lanes[i].message != NULL && advance(&lanes[i], step)) {
                get_digest(lanes[i].message->digest, &state, i);
                lanes[i].message = NULL;
            }
    }
    /* As libcrypto does: it may have been a secret. */
    OPENSSL_cleanse(&state, sizeof(state));
    OPENSSL_cleanse(lanes, sizeof(lanes));
}

/* GB/T 32905-2016, A.1 and A.2: "abc", and "abcd" sixteen times. */
static const unsigned char ABC[] =
    "\x66\xC7\xF0\xF4\x62\xEE\xED\xD9\xD1\xF2\xD4\x6B\xDC\x10\xE4\xE2"
    "\x41\x67\xC4\x87\x5C\xF2\xF7\xA2\x29\x7D\xA0\x2B\x8F\x4B\xA8\xE0";
static const unsigned char BLOCK_OF_ABCD[] =
    "\xDE\xBE\x9F\xF9\x22\x75\xB8\xA1\x38\x60\x48\x89\xC1\x8E\x5A\x4D"
    "\x6F\xDB\x70\xE5\x38\x7E\x57\x65\x29\x3D\xCB\xA3\x9C\x0C\x57\x32";

int tspy_sm3_lanes_are_right(void)
{
    enum { COUNT = 2 * LANES + 1 }; /* both, in every lane, and lanes that begin again */
    static const unsigned char abcd[BLOCK + 1] =
        "abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd";
    tspy_sm3_message messages[COUNT];
    unsigned char digests[COUNT][4 * WORDS];
    int right = 1;

    for (int i = 0; i < COUNT; i++) {
        int is_long = (i ^ i / LANES) & 1;

        messages[i] = is_long ? (tspy_sm3_message){abcd, abcd + HEAD, BLOCK - HEAD, digests[i]}
                              : (tspy_sm3_message){NULL, abcd, 3, digests[i]};
    }
    tspy_sm3_lanes(messages, COUNT);
    for (int i = 0; i < COUNT; i++)
        right &= memcmp(digests[i], messages[i].size == 3 ? ABC : BLOCK_OF_ABCD, 4 * WORDS) == 0;
    return right;
}
