using System.Net;
using System.Text;
using Ballast.ControllerManager.CertificateApproval;
using k8s;
using k8s.Models;

namespace Ballast.ControllerManager.Tests.CertificateApproval;

public sealed class CertificateApproverTests : IAsyncDisposable
{
    private readonly Cluster _cluster = new();
    private readonly List<string> _reviewed = [];
    private string _allowed = "";

    public CertificateApproverTests() => _cluster.Server.Intercept = AnswerReviewAsync;

    [Fact]
    public async Task A_token_holders_request_for_a_kubelet_is_approved_where_the_role_allows_it()
    {
        _allowed = "nodeclient";
        await CreateAsync(Requests.KubeletClient("a", "system:bootstrap:abcdef"));
        await ApprovedAsync("a-client", "Auto approving kubelet client certificate after SubjectAccessReview.");
        Assert.Equal(["system:bootstrap:abcdef nodeclient"], Reviewed());
    }

    [Fact]
    public async Task A_nodes_request_for_itself_is_approved_by_the_other_role()
    {
        _allowed = "selfnodeclient";
        await CreateAsync(Requests.KubeletClient("a", "system:node:a"));
        await ApprovedAsync("a-client", "Auto approving self kubelet client certificate after SubjectAccessReview.");
    }

    [Fact]
    public async Task A_node_does_not_get_another_nodes_certificate_by_the_role_for_itself()
    {
        _allowed = "selfnodeclient";
        await CreateAsync(Requests.KubeletClient("a", "system:node:b"));
        await _cluster.UntilAsync(() => Task.FromResult(Reviewed().Count > 0), "a review");
        Assert.DoesNotContain("system:node:b selfnodeclient", Reviewed());
        Assert.Null((await _cluster.GetAsync<V1CertificateSigningRequest>("a-client", null)).Status?.Conditions);
    }

    [Fact]
    public async Task Nothing_but_a_kubelets_client_certificate_is_approved()
    {
        _allowed = "nodeclient";
        string[] client = ["digital signature", "client auth"];
        const string Signer = "kubernetes.io/kube-apiserver-client-kubelet";
        await CreateAsync(
            Requests.Of("other-signer", "kubernetes.io/kube-apiserver-client", "system:node:a", "system:nodes", "x", client),
            Requests.Of("other-group", Signer, "system:node:a", "system:masters", "x", client),
            Requests.Of("other-name", Signer, "admin", "system:nodes", "x", client),
            Requests.Of("server", Signer, "system:node:a", "system:nodes", "x", [.. client, "server auth"]),
            Requests.Of("names", Signer, "system:node:a", "system:nodes", "x", client, dnsNames: ["a"]),
            Requests.KubeletClient("last", "x"));
        await ApprovedAsync("last-client", "Auto approving kubelet client certificate after SubjectAccessReview.");
        Assert.Equal(["x nodeclient"], Reviewed());
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private async Task CreateAsync(params V1CertificateSigningRequest[] requests)
    {
        foreach (var request in requests)
            await _cluster.Client.Resources<V1CertificateSigningRequest>().CreateAsync(request, Cluster.Cancel);
        await _cluster.RunAsync(c => new CertificateApprover(c));
    }

    private Task ApprovedAsync(string name, string message) => _cluster.UntilAsync(
        async () => (await _cluster.GetAsync<V1CertificateSigningRequest>(name, null)).Status?.Conditions is [{ Type: "Approved", Reason: "AutoApproved" } c] && c.Message == message, "approval");

    private List<string> Reviewed()
    {
        lock (_reviewed)
            return [.. _reviewed];
    }

    private async Task<HttpResponseMessage?> AnswerReviewAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        if (!request.RequestUri!.AbsolutePath.EndsWith("/subjectaccessreviews", StringComparison.Ordinal))
            return null;
        var review = KubernetesJson.Deserialize<V1SubjectAccessReview>(await request.Content!.ReadAsStringAsync(cancel));
        var asked = review.Spec.ResourceAttributes;
        Assert.Equal(("certificates.k8s.io", "certificatesigningrequests", "create"), (asked.Group, asked.Resource, asked.Verb));
        lock (_reviewed)
            _reviewed.Add($"{review.Spec.User} {asked.Subresource}");
        var answer = KubernetesJson.Serialize(review with { Status = new() { Allowed = asked.Subresource == _allowed } });
        return new(HttpStatusCode.Created) { Content = new StringContent(answer, Encoding.UTF8, "application/json"), RequestMessage = request };
    }
}
