"""The packages of others, each through a small adapter, as its own users call it.

These run in a virtual environment that has the package, where of tongsuo_py nothing is but what
``__main__`` puts there. An adapter is a module, or its ``ADAPTER``, with functions that each make
an operation ready and give what does it once; what a package does not have, its adapter does not
have either:

    sm3(data)                                    -> the digest
    sm4_gcm_encrypt(key, nonce, data)            -> ciphertext and tag, joined
    sm4_gcm_decrypt(key, nonce, sealed)          -> the data
    sm4_ctr(key, iv, data), sm4_ecb(key, data)   -> the ciphertext
    sm4_cbc_encrypt(key, iv, data)               -> the ciphertext, padded if it cannot be without
    sm4_cbc_decrypt(key, iv, ciphertext)         -> the data; of a ciphertext that it made itself
    sm2_generate()                               -> a new key
    sm2_sign(private, public, data)              -> a signature, in the form that FORM names
    sm2_verify(public, data, signature)          -> whether it is valid
    sm2_encrypt(private, public, data)           -> a ciphertext, in whatever form
    sm2_decrypt(private, public, ciphertext)     -> the data

Keys are bytes: 32 for a private one, 64 for a public one. ``FORM`` is "raw", "hex" or "der";
``LIBRARY`` says what does the work.
"""
