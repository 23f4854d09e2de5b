using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Ballast.Admin.Clusters;
using k8s;
using k8s.Models;

namespace Ballast.Admin.Tokens;

/// <summary>
/// Finds out the CA of a cluster of which nothing but an endpoint and a token is known. It asks without credentials and without trust, believes only what is signed
/// with the token and whose CA has an expected hash, and then asks once more over that CA. The token itself is never sent.
/// </summary>
/// <param name="endpoint"><c>HOST:PORT</c>.</param>
/// <param name="token">Whose signature is believed.</param>
/// <param name="pins">Hashes of CAs that are expected; empty takes any that the token vouches for.</param>
/// <param name="time">The clock.</param>
public sealed class TokenDiscovery(string endpoint, BootstrapToken token, IReadOnlyList<string> pins, TimeProvider time)
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>By how much the answering server's clock was ahead of this host's, at the last answer.</summary>
    public TimeSpan ClockDifference { get; private set; }

    /// <param name="patience">The endpoint may be busy, and a new token's signature takes a moment.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="ClusterException">No answer in time, or one that cannot be believed.</exception>
    public async Task<ClusterInfo> RunAsync(TimeSpan patience, CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            string problem;
            try
            {
                return await TryAsync(cancel);
            }
            catch (NotYetException notYet)
            {
                problem = notYet.Message;
            }
            catch (HttpRequestException unreachable)
            {
                problem = unreachable.InnerException?.Message ?? unreachable.Message;
            }
            catch (TaskCanceledException) when (!cancel.IsCancellationRequested)
            {
                problem = "it did not answer within 5 s";
            }
            if (time.GetElapsedTime(start) > patience)
            {
                throw new ClusterException($"the cluster at {endpoint} could not be found out about in {patience.TotalSeconds:0} s: {problem}")
                {
                    Hint = "check the endpoint, and make a new token on a control plane: ballast token create --print-join-command",
                };
            }
            await Task.Delay(PollEvery, time, cancel);
        }
    }

    private async Task<ClusterInfo> TryAsync(CancellationToken cancel)
    {
        var content = await AskAsync((_, certificate, _, _) => certificate is not null, cancel);
        var found = ClusterInfo.Parse(content);
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(found.CaPem);
        if (pins.Count > 0 && !authorities.Any(ca => pins.Contains(PublicKeyPin.Of(ca))))
        {
            throw new ClusterException($"the CA of the cluster at {endpoint} has the hash {string.Join(", ", authorities.Select(PublicKeyPin.Of))}, which is not the one that was expected")
            {
                Hint = "if the cluster is the right one, take the command that a control plane prints: ballast token create --print-join-command",
            };
        }
        var again = await AskAsync((_, certificate, chain, errors) => IsTrusted(authorities, certificate, chain, errors), cancel);
        return again == content ? found : throw new NotYetException("it gave two different answers");
    }

    private async Task<string> AskAsync(RemoteCertificateValidationCallback trust, CancellationToken cancel)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false, SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = trust } };
        using var http = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(5) };
        using var answer = await http.GetAsync(new Uri($"https://{endpoint}/api/v1/namespaces/{ClusterInfo.Namespace}/configmaps/{ClusterInfo.Name}"), cancel);
        if (answer.Headers.Date is { } theirs)
            ClockDifference = theirs - time.GetUtcNow();
        if (answer.StatusCode != HttpStatusCode.OK)
            throw new NotYetException($"it answered {(int)answer.StatusCode} when asked for {ClusterInfo.Namespace}/{ClusterInfo.Name}");
        var data = KubernetesJson.Deserialize<V1ConfigMap>(await answer.Content.ReadAsStringAsync(cancel)).Data ?? new Dictionary<string, string>();
        if (!data.TryGetValue(ClusterInfo.ContentKey, out var content))
            throw new NotYetException($"{ClusterInfo.Namespace}/{ClusterInfo.Name} holds no kubeconfig");
        if (!data.TryGetValue(ClusterInfo.SignatureKey(token), out var signature))
            throw new NotYetException($"it does not know the token {token.Id}, or it has expired");
        return ClusterInfo.IsSigned(content, signature, token) ? content
            : throw new ClusterException($"the answer of {endpoint} is not signed with the token {token.Id}: either the token is wrong, or somebody else answers there");
    }

    private static bool IsTrusted(X509Certificate2Collection authorities, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || chain is null || errors is not (SslPolicyErrors.None or SslPolicyErrors.RemoteCertificateChainErrors))
            return false;
        using var ours = new X509Chain();
        ours.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        ours.ChainPolicy.CustomTrustStore.AddRange(authorities);
        ours.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return ours.Build((X509Certificate2)certificate);
    }

    /// <summary>It may be right in a moment.</summary>
    private sealed class NotYetException(string message) : Exception(message);
}
