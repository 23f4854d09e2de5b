using System.Net;
using Ballast.Admin.Certificates;
using Ballast.Admin.Certificates.Rotation;
using Ballast.Admin.Clusters;
using Ballast.Admin.Tokens;
using Ballast.Client;
using Ballast.Testing.Api;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.Admin.Tests.Certificates.Rotation;

/// <summary>What the cluster knows of a rotation, and how its keys come to other hosts.</summary>
public sealed class RotationRecordTests : IDisposable
{
    private readonly InMemoryApiServer _server = new();
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly ApiClient _client;
    private readonly RotationRecord _record;

    public RotationRecordTests()
    {
        _client = _server.CreateClient();
        _record = new(_client);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Of_two_that_begin_at_once_one_does_and_the_other_finds_it()
    {
        var both = await Task.WhenAll(_record.BeginAsync(Made("first", "1").Next, Cancel), _record.BeginAsync(Made("second", "2").Next, Cancel));
        Assert.Single(both, begun => begun);
        var found = await _record.FindAsync(Cancel);
        Assert.Equal(both[0] ? "1" : "2", found!.Id);
        Assert.Equal(both[0], new CaRotationKeys(FolderOf("first")).Has(found));
        Assert.Equal(both[1], new CaRotationKeys(FolderOf("second")).Has(found));
    }

    [Fact]
    public async Task What_was_begun_is_found_as_it_was_and_nothing_of_it_is_left_in_the_end()
    {
        Assert.Null(await _record.FindAsync(Cancel));
        var (_, next) = Made("first", "1");
        Assert.True(await _record.BeginAsync(next, Cancel));
        var found = await _record.FindAsync(Cancel);
        Assert.Equal((next.Id, next.ServiceAccountKey), (found!.Id, found.ServiceAccountKey));
        Assert.Equal(next.Certificates, found.Certificates);
        await NodeAsync("cp1");
        await NodeAsync("worker1");
        await _record.RecordAsync("1", "worker1", RotationStage.AcceptBoth, Cancel);
        Assert.Equal([null, RotationStage.AcceptBoth], (await _record.ProgressAsync("1", Cancel)).Hosts.OrderBy(h => h.Name, StringComparer.Ordinal).Select(h => h.Done));

        await new UploadedCertificates(UploadedCertificates.Certificates, _client, _time).UploadAsync([], CertificateKey.Generate(), Cancel);
        await _record.EndAsync(Cancel);
        await _record.EndAsync(Cancel);
        Assert.Null(await _record.FindAsync(Cancel));
        Assert.Empty((await _client.Resources<V1Role>().ListAsync(ListScope.All, Cancel)).Items);
        Assert.Empty((await _client.Resources<V1ClusterRoleBinding>().ListAsync(ListScope.All, Cancel)).Items);
        Assert.Null(await _client.Resources<V1Secret>().FindAsync("kube-system", UploadedCertificates.Certificates.Name, Cancel));
        Assert.All((await _client.Resources<V1Node>().ListAsync(ListScope.All, Cancel)).Items, n => Assert.Empty(n.Metadata.Annotations ?? new Dictionary<string, string>()));
    }

    [Fact]
    public async Task Where_it_may_not_be_read_there_is_none()
    {
        _server.Intercept = (_, _) => Task.FromResult<HttpResponseMessage?>(new(HttpStatusCode.Forbidden) { Content = new StringContent("""{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403}""") });
        Assert.Null(await _record.FindAsync(Cancel));
    }

    [Fact]
    public async Task One_that_is_damaged_is_told_in_one_sentence()
    {
        await _client.Resources<V1ConfigMap>().CreateAsync(new() { Metadata = new() { Name = RotationRecord.Name, NamespaceProperty = "kube-system" }, Data = new Dictionary<string, string> { ["id"] = "1" } }, Cancel);
        Assert.Contains("is damaged: it should have id, ca.crt and sa.pub", (await Assert.ThrowsAsync<ClusterException>(() => _record.FindAsync(Cancel))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_keys_come_to_another_host_by_their_certificate_key_alone()
    {
        var (keys, next) = Made("first", "1");
        var uploaded = new UploadedCertificates(UploadedCertificates.NewAuthorities, _client, _time);
        Assert.False(await uploaded.ExistAsync(Cancel));
        var key = CertificateKey.Generate();
        await uploaded.UploadAsync(keys.PrivateKeys(next.Certificates.Keys), key, Cancel);
        Assert.True(await uploaded.ExistAsync(Cancel));

        var there = new CaRotationKeys(FolderOf("there"));
        var wrong = await Assert.ThrowsAsync<ClusterException>(() => uploaded.DownloadAsync(there.PrivateKeys(next.Certificates.Keys), [], CertificateKey.Generate(), Cancel));
        Assert.Equal("the certificate key is not the one that the new CAs' keys were uploaded with", wrong.Message);
        Assert.False(Directory.Exists(FolderOf("there")));
        await uploaded.DownloadAsync(there.PrivateKeys(next.Certificates.Keys), [], key, Cancel);
        Assert.False(there.Has(next));
        there.Complete(next);
        Assert.True(there.Has(next));
        Assert.False(there.Has(Made("second", "2").Next));
        Assert.All(there.PrivateKeys(next.Certificates.Keys), f => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(f.Path)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(FolderOf("there")));

        // Changed on the way.
        var secrets = _client.Resources<V1Secret>();
        var secret = await secrets.GetAsync("kube-system", UploadedCertificates.NewAuthorities.Name, Cancel);
        secret.Data["ca.key"][20] ^= 1;
        await secrets.UpdateAsync(secret, Cancel);
        Assert.Equal(wrong.Message, (await Assert.ThrowsAsync<ClusterException>(() => uploaded.DownloadAsync(there.PrivateKeys(next.Certificates.Keys), [], key, Cancel))).Message);
    }

    [Fact]
    public void Keys_that_are_in_use_are_taken_from_where_they_are()
    {
        var host = TestHost.Make(FolderOf("host"), _time);
        var (keys, next) = Made("first", "1");
        var adopted = new CaRotationKeys(FolderOf("adopted"));
        adopted.Adopt(host, next);
        Assert.False(adopted.Has(next));
        foreach (var (_, path) in keys.PrivateKeys(next.Certificates.Keys))
            File.Copy(path, host.Pki(Path.GetRelativePath(FolderOf("first"), path)), overwrite: true);
        foreach (var (authority, certificate) in next.Certificates)
            File.WriteAllText(host.Pki(authority + ".crt"), certificate);
        adopted.Adopt(host, next);
        Assert.True(adopted.Has(next));
    }

    private string FolderOf(string name) => Path.Combine(_folder.Path, name);

    private (CaRotationKeys Keys, NewAuthorities Next) Made(string name, string id)
    {
        var keys = new CaRotationKeys(FolderOf(name));
        keys.Generate(TestHost.Make(FolderOf(name + "-host"), _time), HostCertificate.Authorities, _time);
        return (keys, keys.Announce(id, HostCertificate.Authorities));
    }

    private Task NodeAsync(string name) => _client.Resources<V1Node>().CreateAsync(new() { Metadata = new() { Name = name } }, Cancel);
}
