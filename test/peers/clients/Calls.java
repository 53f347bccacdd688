import java.io.ByteArrayInputStream;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;

/**
 * Java's HttpClient makes the calls: Calls.java BASE REUSED_BASE PROXIED_URL. A line for each: its name, the status, what came, separated by tabs.
 * It knows no HTTP_PROXY: PROXIED_URL is reached by a client that is told BASE as its proxy.
 */
final class Calls {
    private static final byte[] upload = "x".repeat(100_000).getBytes();
    private static final HttpClient http1 = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private Calls() {}

    private static HttpRequest.Builder to(String url) {
        return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(30));
    }

    private static void call(HttpClient client, String name, HttpRequest request, Function<HttpResponse<byte[]>, String> came) throws Exception {
        HttpResponse<byte[]> response = client.send(request, BodyHandlers.ofByteArray());
        System.out.printf("%s\t%d\t%s%n", name, response.statusCode(), came.apply(response));
    }

    private static String text(HttpResponse<byte[]> response) {
        return new String(response.body());
    }

    private static String digest(HttpResponse<byte[]> response) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(response.body()));
        } catch (java.security.NoSuchAlgorithmException missing) {
            throw new IllegalStateException(missing);
        }
    }

    private static Function<HttpResponse<byte[]>, String> field(String name) {
        return response -> response.headers().firstValue(name).orElse("");
    }

    private static void reuse(String base) throws Exception {
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        List<String> statuses = new ArrayList<>();
        for (int number = 1; number <= 10; number++) {
            HttpResponse<byte[]> response = client.send(to(base + "/through/" + number).build(), BodyHandlers.ofByteArray());
            statuses.add(String.valueOf(response.statusCode()));
        }
        System.out.printf("reused\t%s%n", String.join(" ", statuses));
    }

    private static HttpClient proxiedBy(String base) {
        URI proxy = URI.create(base);
        ProxySelector selector = ProxySelector.of(new InetSocketAddress(proxy.getHost(), proxy.getPort()));
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).proxy(selector).build();
    }

    public static void main(String[] args) throws Exception {
        String base = args[0];
        BodyPublisher whole = BodyPublishers.ofByteArray(upload);
        call(http1, "local", to(base + "/local").build(), Calls::text);
        call(http1, "get", to(base + "/through/get?a=b").build(), Calls::text);
        call(http1, "post", to(base + "/through/post").POST(whole).build(), Calls::text);
        BodyPublisher stream = BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(upload));
        call(http1, "chunked", to(base + "/through/chunked").POST(stream).build(), Calls::text);
        call(http1, "continue", to(base + "/through/continue").POST(whole).expectContinue(true).build(), Calls::text);
        call(http1, "head", to(base + "/through/head").method("HEAD", BodyPublishers.noBody()).build(), field("content-length"));
        call(http1, "not-found", to(base + "/nowhere").build(), field("x-tandem-flags"));
        call(http1, "download", to(base + "/through/download").build(), Calls::digest);
        reuse(args[1]);
        // By default it offers to upgrade to h2c; the sidecar goes on in HTTP/1.1.
        call(HttpClient.newHttpClient(), "upgrade-offered", to(base + "/through/upgrade").build(), Calls::text);
        call(proxiedBy(base), "proxied", to(args[2]).build(), Calls::text);
    }
}
