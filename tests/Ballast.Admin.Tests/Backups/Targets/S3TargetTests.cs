using Ballast.Admin.Backups.Targets;
using Ballast.Admin.Clusters;
using Ballast.Testing.S3;

namespace Ballast.Admin.Tests.Backups.Targets;

public sealed class S3Fixture : IAsyncLifetime
{
    public S3Server Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await S3Server.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

public sealed class S3TargetTests : BackupTargetContract, IClassFixture<S3Fixture>, IDisposable
{
    private readonly S3Server _server;

    // Each test has a prefix of its own.
    public S3TargetTests(S3Fixture fixture)
    {
        _server = fixture.Server;
        Target = BackupTarget.Open($"{_server.Bucket}/{Guid.NewGuid():N}/etcd", _server.Credentials);
    }

    internal override IBackupTarget Target { get; }

    [Fact]
    public async Task Other_prefixes_of_the_bucket_are_not_seen()
    {
        using var other = BackupTarget.Open(_server.Bucket.ToString(), _server.Credentials);
        await WriteAsync("a", "1");
        Assert.DoesNotContain(await other.ListAsync(Cancel), f => f.Name.EndsWith('a'));
    }

    [Fact]
    public async Task A_bucket_that_is_not_there_wrong_credentials_and_a_server_that_is_gone_are_named()
    {
        using var none = BackupTarget.Open(new Uri(_server.Address, "none").ToString(), _server.Credentials);
        Assert.EndsWith("cannot be used: there is no bucket none", (await Assert.ThrowsAsync<ClusterException>(() => none.ListAsync(Cancel))).Message, StringComparison.Ordinal);

        using var folder = new TemporaryFolder();
        var wrong = Path.Combine(folder.Path, "wrong");
        await File.WriteAllTextAsync(wrong, "[default]\naws_access_key_id = nobody\naws_secret_access_key = hush\n", Cancel);
        using var refused = BackupTarget.Open(_server.Bucket.ToString(), wrong);
        var message = (await Assert.ThrowsAsync<ClusterException>(() => refused.ListAsync(Cancel))).Message;
        Assert.StartsWith($"the backup target {_server.Bucket} cannot be used: ", message, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", message, StringComparison.Ordinal);

        using var gone = BackupTarget.Open("http://127.0.0.1:1/backups", _server.Credentials);
        Assert.StartsWith("the backup target http://127.0.0.1:1/backups cannot be used: ", (await Assert.ThrowsAsync<ClusterException>(() => gone.ListAsync(Cancel))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_are_read_from_the_file_of_AWS_tools()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "credentials");
        await File.WriteAllTextAsync(file, "# mine\n[other]\naws_access_key_id=a\n\n[default]\naws_access_key_id = b\naws_secret_access_key=c=\n[more]\naws_access_key_id = d\n", Cancel);
        Assert.Equal(("b", "c="), (S3Credentials.Read(file).AccessKeyId, S3Credentials.Read(file).SecretAccessKey));
        await File.WriteAllTextAsync(file, "aws_access_key_id = b\n", Cancel);
        Assert.Equal($"{file} should have lines aws_access_key_id = … and aws_secret_access_key = …", Assert.Throws<ClusterException>(() => S3Credentials.Read(file)).Message);
    }

    public void Dispose() => Target.Dispose();
}
