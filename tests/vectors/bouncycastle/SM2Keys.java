import java.io.FileWriter;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Security;
import java.security.spec.ECGenParameterSpec;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMEncryptorBuilder;

/** One SM2 key in the forms that BouncyCastle writes; see README.md. */
public class SM2Keys {
    static final char[] PASSWORD = "password".toCharArray();

    static void pem(String name, Object... what) throws Exception {
        try (JcaPEMWriter writer = new JcaPEMWriter(new FileWriter(name))) {
            if (what.length == 1) writer.writeObject(what[0]);
            else writer.writeObject(what[0], (org.bouncycastle.openssl.PEMEncryptor) what[1]);
        }
    }

    static void encrypted(String name, KeyPair pair, ASN1ObjectIdentifier cipher, ASN1ObjectIdentifier prf)
            throws Exception {
        JceOpenSSLPKCS8EncryptorBuilder builder = new JceOpenSSLPKCS8EncryptorBuilder(cipher);
        builder.setProvider("BC").setIterationCount(2048).setPassword(PASSWORD);
        if (prf != null) builder.setPRF(new AlgorithmIdentifier(prf, DERNull.INSTANCE));
        pem(name, new JcaPKCS8Generator(pair.getPrivate(), builder.build()));
    }

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", "BC");
        generator.initialize(new ECGenParameterSpec("sm2p256v1"));
        KeyPair pair = generator.generateKeyPair();
        pem("public.pem", pair.getPublic());
        Files.write(Paths.get("pkcs8.der"), pair.getPrivate().getEncoded());
        pem("sec1.pem", pair.getPrivate());
        pem("sec1-aes.pem", pair.getPrivate(),
            new JcePEMEncryptorBuilder("AES-256-CBC").setProvider("BC").build(PASSWORD));
        encrypted("pkcs8-aes-sha256.pem", pair, NISTObjectIdentifiers.id_aes256_CBC,
            PKCSObjectIdentifiers.id_hmacWithSHA256);
        encrypted("pkcs8-3des-sha1.pem", pair, PKCSObjectIdentifiers.des_EDE3_CBC, null);
        encrypted("pkcs8-pkcs12-3des.pem", pair, PKCSObjectIdentifiers.pbeWithSHAAnd3_KeyTripleDES_CBC, null);
    }
}
