using System.Net;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;
using Ballast.Admin.Preflight;

namespace Ballast.Admin.Tests.Preflight;

public sealed class EtcdVersionCheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("3.4.23", null)]
    [InlineData("3.6.0-rc.1", null)]
    [InlineData("3.3.27", "is 3.3.27: 3.4 is the oldest that the API server works with")]
    [InlineData("main", "has the version \"main\", which is none of etcd's")]
    public void The_oldest_that_will_do_is_known(string version, string? trouble) => Assert.Equal(trouble, EtcdVersionCheck.Trouble(version));

    [Theory]
    [InlineData("echo etcd Version: 3.3.11; echo Git SHA: 2cf9e51d2", "the etcd of this machine is 3.3.11: 3.4 is the oldest that the API server works with")]
    [InlineData("echo segmentation fault >&2; exit 139", "/etcd --version does not say which version it is")]
    public async Task The_installed_one_is_asked(string script, string sentence)
    {
        var program = Path.Combine(_folder.Path, "etcd");
        await File.WriteAllTextAsync(program, $"#!/bin/sh\n{script}\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var context = new PhaseContext(new(), new Host("cp1", IPAddress.Loopback, new HostPaths(_folder.Path)), new(), "ballast", new NoSteps(), TimeProvider.System) { IsControlPlane = true };
        var finding = Assert.Single(await new EtcdVersionCheck(program).RunAsync(context, TestContext.Current.CancellationToken));
        Assert.True(finding.IsError);
        Assert.EndsWith(sentence, finding.Sentence, StringComparison.Ordinal);
        Assert.Empty(await new EtcdVersionCheck().RunAsync(context, TestContext.Current.CancellationToken));
    }
}
