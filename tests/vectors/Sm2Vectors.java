// Writes sm2_bouncycastle.json: SM2 ciphertexts and key exchanges as BouncyCastle makes them.
//
//     java -cp bcprov-1.72.jar Sm2Vectors.java > sm2_bouncycastle.json
//
// Every run draws new keys. Lengths of plaintexts and keys are in bytes.

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import org.bouncycastle.asn1.gm.GMNamedCurves;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.agreement.SM2KeyExchange;
import org.bouncycastle.crypto.engines.SM2Engine;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.ParametersWithID;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.params.SM2KeyExchangePrivateParameters;
import org.bouncycastle.crypto.params.SM2KeyExchangePublicParameters;
import org.bouncycastle.util.encoders.Hex;

public class Sm2Vectors {
    static final X9ECParameters CURVE = GMNamedCurves.getByName("sm2p256v1");
    static final ECDomainParameters DOMAIN = new ECDomainParameters(
        CURVE.getCurve(), CURVE.getG(), CURVE.getN(), CURVE.getH());
    static final SecureRandom RANDOM = new SecureRandom();

    static ECPrivateKeyParameters privateKey() {
        BigInteger n = DOMAIN.getN();
        BigInteger d = new BigInteger(n.bitLength() + 64, RANDOM).mod(n.subtract(BigInteger.TWO));
        return new ECPrivateKeyParameters(d.add(BigInteger.ONE), DOMAIN);
    }

    static ECPublicKeyParameters publicKey(ECPrivateKeyParameters key) {
        return new ECPublicKeyParameters(DOMAIN.getG().multiply(key.getD()).normalize(), DOMAIN);
    }

    static String hex(ECPrivateKeyParameters key) {
        return String.format("%064x", key.getD());
    }

    static byte[] random(int length) {
        byte[] data = new byte[length];
        RANDOM.nextBytes(data);
        return data;
    }

    static String entry(String... namesAndValues) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            text.append(i == 0 ? "" : ",\n      ");
            text.append('"').append(namesAndValues[i]).append("\": ");
            text.append('"').append(namesAndValues[i + 1]).append('"');
        }
        return "    {\n      " + text + "\n    }";
    }

    static String ciphertext(SM2Engine.Mode order, int length) throws Exception {
        ECPrivateKeyParameters key = privateKey();
        byte[] data = random(length);
        SM2Engine engine = new SM2Engine(order);
        engine.init(true, new ParametersWithRandom(publicKey(key), RANDOM));
        return entry(
            "private_key", hex(key),
            "encoding", order.toString().toLowerCase(),
            "data", Hex.toHexString(data),
            "ciphertext", Hex.toHexString(engine.processBlock(data, 0, length)));
    }

    static String exchange(byte[] idA, byte[] idB, int length) {
        ECPrivateKeyParameters a = privateKey(), b = privateKey(), ra = privateKey(), rb = privateKey();
        SM2KeyExchange atA = new SM2KeyExchange(), atB = new SM2KeyExchange();
        atA.init(new ParametersWithID(new SM2KeyExchangePrivateParameters(true, a, ra), idA));
        atB.init(new ParametersWithID(new SM2KeyExchangePrivateParameters(false, b, rb), idB));
        ParametersWithID ofA = new ParametersWithID(
            new SM2KeyExchangePublicParameters(publicKey(a), publicKey(ra)), idA);
        ParametersWithID ofB = new ParametersWithID(
            new SM2KeyExchangePublicParameters(publicKey(b), publicKey(rb)), idB);
        byte[][] byB = atB.calculateKeyWithConfirmation(8 * length, null, ofA);
        byte[][] byA = atA.calculateKeyWithConfirmation(8 * length, byB[1], ofB);
        return entry(
            "private_key_a", hex(a), "private_key_b", hex(b),
            "ephemeral_a", hex(ra), "ephemeral_b", hex(rb),
            "id_a", Hex.toHexString(idA), "id_b", Hex.toHexString(idB),
            "key", Hex.toHexString(byA[0]),
            "confirmation_a", Hex.toHexString(byA[1]),
            "confirmation_b", Hex.toHexString(byB[1]));
    }

    public static void main(String[] arguments) throws Exception {
        byte[] usual = "1234567812345678".getBytes(StandardCharsets.US_ASCII);
        String[] ciphertexts = {
            ciphertext(SM2Engine.Mode.C1C3C2, 4), ciphertext(SM2Engine.Mode.C1C2C3, 4),
            ciphertext(SM2Engine.Mode.C1C3C2, 200), ciphertext(SM2Engine.Mode.C1C2C3, 200),
        };
        String[] exchanges = {
            exchange(usual, usual, 16), exchange(random(1), random(60), 1),
            exchange(random(500), usual, 32), exchange(usual, random(20), 100),
        };
        System.out.println("{");
        System.out.println("  \"source\": \"BouncyCastle 1.72 (bcprov), by Sm2Vectors.java\",");
        System.out.println("  \"ciphertexts\": [\n" + String.join(",\n", ciphertexts) + "\n  ],");
        System.out.println("  \"key_exchanges\": [\n" + String.join(",\n", exchanges) + "\n  ]");
        System.out.println("}");
    }
}
