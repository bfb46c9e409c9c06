/* Additional input to random generators (drbg.c). */

/*
 * Mix `input` into what the generator gives from now on, as additional input of NIST SP 800-90A: it
 * counts for no entropy, and takes none away. 0: the error queue of this thread says why not.
 */
int tspy_add_input(EVP_RAND_CTX *generator, const unsigned char *input, size_t input_size);
