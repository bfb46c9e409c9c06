import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.StringJoiner;

import org.bouncycastle.crypto.Mac;
import org.bouncycastle.crypto.Wrapper;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.bouncycastle.crypto.engines.RFC3394WrapEngine;
import org.bouncycastle.crypto.engines.RFC5649WrapEngine;
import org.bouncycastle.crypto.engines.SM4Engine;
import org.bouncycastle.crypto.generators.HKDFBytesGenerator;
import org.bouncycastle.crypto.generators.KDF2BytesGenerator;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.macs.CMac;
import org.bouncycastle.crypto.params.HKDFParameters;
import org.bouncycastle.crypto.params.KDFParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.util.encoders.Hex;

/** Writes symmetric.json, with everything in it made by BouncyCastle. */
public final class Symmetric {
    private static final byte[] KEY = Hex.decode("0123456789abcdeffedcba9876543210");

    /** Bytes that count up from `first`. */
    private static byte[] counting(int first, int size) {
        byte[] data = new byte[size];
        for (int i = 0; i < size; i++) {
            data[i] = (byte) (first + i);
        }
        return data;
    }

    private static String field(String name, byte[] value) {
        return '"' + name + "\": \"" + Hex.toHexString(value) + '"';
    }

    private static String list(String name, StringJoiner rows) {
        return "  \"" + name + "\": [\n    " + rows + "\n  ]";
    }

    private static StringJoiner rows() {
        return new StringJoiner(",\n    ");
    }

    private static String row(String... fields) {
        return "{" + String.join(", ", fields) + "}";
    }

    private static String wrapped(String name, Wrapper wrapper, int... sizes) {
        StringJoiner rows = rows();
        for (int size : sizes) {
            byte[] key = counting(0x80, size);
            wrapper.init(true, new KeyParameter(KEY));
            rows.add(row(field("wrapping_key", KEY), field("key", key), field("wrapped", wrapper.wrap(key, 0, size))));
        }
        return list(name, rows);
    }

    private static String codes(int... sizes) {
        StringJoiner rows = rows();
        for (int size : sizes) {
            byte[] data = counting(0, size), code = new byte[16];
            Mac mac = new CMac(new SM4Engine());
            mac.init(new KeyParameter(KEY));
            mac.update(data, 0, size);
            mac.doFinal(code, 0);
            rows.add(row(field("key", KEY), field("data", data), field("code", code)));
        }
        return list("cmac", rows);
    }

    private static String kdf(int... sizes) {
        StringJoiner rows = rows();
        for (int size : sizes) {
            byte[] secret = counting(0, 20), made = new byte[size];
            KDF2BytesGenerator generator = new KDF2BytesGenerator(new SM3Digest());
            generator.init(new KDFParameters(secret, null));
            generator.generateBytes(made, 0, size);
            rows.add(row(field("secret", secret), field("derived", made)));
        }
        return list("kdf", rows);
    }

    private static String hkdf(int[]... sizes) {
        StringJoiner rows = rows();
        for (int[] size : sizes) {
            byte[] secret = counting(0, 22), salt = counting(0, size[0]), info = counting(0xf0, size[1]);
            byte[] made = new byte[size[2]];
            HKDFBytesGenerator generator = new HKDFBytesGenerator(new SM3Digest());
            generator.init(new HKDFParameters(secret, salt, info));
            generator.generateBytes(made, 0, made.length);
            rows.add(row(field("secret", secret), field("salt", salt), field("info", info), field("derived", made)));
        }
        return list("hkdf", rows);
    }

    private static String pbkdf2(int[]... sizes) {
        StringJoiner rows = rows();
        for (int[] size : sizes) {
            byte[] password = "password".getBytes(StandardCharsets.UTF_8), salt = counting(0, size[0]);
            PKCS5S2ParametersGenerator generator = new PKCS5S2ParametersGenerator(new SM3Digest());
            generator.init(password, salt, size[1]);
            byte[] made = ((KeyParameter) generator.generateDerivedMacParameters(8 * size[2])).getKey();
            rows.add(row(field("password", password), field("salt", salt), "\"iterations\": " + size[1], field("derived", made)));
        }
        return list("pbkdf2", rows);
    }

    public static void main(String[] arguments) {
        System.out.println(String.join(",\n", Arrays.asList(
            "{\n  \"source\": \"BouncyCastle 1.72; see README.md\"",
            wrapped("wrapped", new RFC3394WrapEngine(new SM4Engine()), 16, 24, 32, 40, 128),
            wrapped("wrapped_with_padding", new RFC5649WrapEngine(new SM4Engine()), 1, 7, 8, 9, 16, 20, 32, 33),
            codes(0, 1, 15, 16, 17, 32, 100),
            kdf(1, 16, 32, 33, 100),
            hkdf(new int[] {0, 0, 32}, new int[] {13, 10, 42}, new int[] {80, 80, 82}, new int[] {32, 0, 8160}),
            pbkdf2(new int[] {8, 1, 32}, new int[] {16, 1000, 16}, new int[] {20, 2, 70}))));
        System.out.println("}");
    }
}
