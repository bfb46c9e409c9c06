// Writes the files beside this one: PKCS #12 and CMS as Java programs with BouncyCastle send them.
//
//   CP=/usr/share/java/bcprov.jar:/usr/share/java/bcpkix.jar:/usr/share/java/bcutil.jar
//   java -cp $CP Generate.java FOLDER

import java.io.FileOutputStream;
import java.io.FileWriter;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.CMSSignedDataStreamGenerator;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

public class Generate {
    static final char[] PASSWORD = "a password".toCharArray();
    static final byte[] CONTENT = "a message from Java\n".getBytes(StandardCharsets.UTF_8);

    static KeyPair key() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", "BC");
        generator.initialize(new ECGenParameterSpec("sm2p256v1"));
        return generator.generateKeyPair();
    }

    static X509Certificate certificate(
        String name, int serial, KeyPair own, String issuer, PrivateKey signer, int usage, boolean ca
    ) throws Exception {
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
            new X500Name(issuer), BigInteger.valueOf(serial), new Date(1700000000000L),
            new Date(4000000000000L), new X500Name(name), own.getPublic());
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
        if (ca) {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        }
        return new JcaX509CertificateConverter().setProvider("BC").getCertificate(
            builder.build(new JcaContentSignerBuilder("SM3withSM2").setProvider("BC").build(signer)));
    }

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        Path folder = Path.of(arguments[0]);
        String root = "CN=Java root", leaf = "CN=java.example";
        KeyPair rootKey = key(), signKey = key(), encKey = key();
        X509Certificate rootCert = certificate(root, 1, rootKey, root, rootKey.getPrivate(),
            KeyUsage.keyCertSign | KeyUsage.cRLSign, true);
        X509Certificate sign = certificate(leaf, 2, signKey, root, rootKey.getPrivate(),
            KeyUsage.digitalSignature | KeyUsage.nonRepudiation, false);
        X509Certificate enc = certificate(leaf, 3, encKey, root, rootKey.getPrivate(),
            KeyUsage.keyEncipherment | KeyUsage.dataEncipherment, false);

        for (String[] kind : new String[][] {
            {"PKCS12", "SunJSSE"}, {"PKCS12-3DES-3DES", "BC"},
            {"PKCS12", "BC"}
        }) {
            KeyStore store = KeyStore.getInstance(kind[0], kind[1]);
            store.load(null, null);
            store.setKeyEntry("encryption", encKey.getPrivate(), PASSWORD,
                new Certificate[] {enc, rootCert});
            store.setKeyEntry("signature", signKey.getPrivate(), PASSWORD,
                new Certificate[] {sign, rootCert});
            String name = (kind[1] + "-" + kind[0]).toLowerCase() + ".p12";
            try (OutputStream out = new FileOutputStream(folder.resolve(name).toFile())) {
                store.store(out, PASSWORD);
            }
        }

        for (boolean attributes : new boolean[] {true, false}) {
            JcaSignerInfoGeneratorBuilder builder = new JcaSignerInfoGeneratorBuilder(
                new JcaDigestCalculatorProviderBuilder().setProvider("BC").build());
            builder.setDirectSignature(!attributes);
            CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
            generator.addSignerInfoGenerator(builder.build(
                new JcaContentSignerBuilder("SM3withSM2").setProvider("BC").build(signKey.getPrivate()),
                sign));
            generator.addCertificates(new JcaCertStore(Arrays.asList(sign, rootCert)));
            CMSSignedData signed = generator.generate(new CMSProcessableByteArray(CONTENT), true);
            String name = attributes ? "signed.cms" : "signed-without-attributes.cms";
            Files.write(folder.resolve(name), signed.getEncoded());
        }
        CMSSignedDataStreamGenerator streams = new CMSSignedDataStreamGenerator();
        streams.addSignerInfoGenerator(new JcaSignerInfoGeneratorBuilder(
            new JcaDigestCalculatorProviderBuilder().setProvider("BC").build()).build(
                new JcaContentSignerBuilder("SM3withSM2").setProvider("BC").build(signKey.getPrivate()),
                sign));
        streams.addCertificates(new JcaCertStore(Arrays.asList(sign)));
        try (OutputStream out = new FileOutputStream(folder.resolve("streamed.cms").toFile());
             OutputStream content = streams.open(out, true)) {
            content.write(CONTENT);
        }
        try (JcaPEMWriter writer = new JcaPEMWriter(new FileWriter(folder.resolve("root.pem").toFile()))) {
            writer.writeObject(rootCert);
        }
    }
}
