/* Additional input to random generators. */
#include "compat.h"

#include "drbg.h"

int tspy_add_input(EVP_RAND_CTX *generator, const unsigned char *input, size_t input_size)
{
    unsigned char drawn; /* additional input goes with a request: for this byte, which nobody sees */
    int done = generator != NULL
               && EVP_RAND_generate(generator, &drawn, 1, 0, 0, input, input_size) == 1;

    OPENSSL_cleanse(&drawn, 1);
    return done;
}
