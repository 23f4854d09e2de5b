using Ballast.LoadBalancer.Backends;

namespace Ballast.LoadBalancer.Tests.Backends;

public class BackendAddressTests
{
    [Theory]
    [InlineData("10.0.0.1:6443", "10.0.0.1", 6443)]
    [InlineData("[fd00::1]:443", "fd00::1", 443)]
    [InlineData("api-1.example:6443", "api-1.example", 6443)]
    public void Reads_and_prints(string text, string host, int port)
    {
        Assert.True(BackendAddress.TryParse(text, out var address));
        Assert.Equal(new(host, port), address);
        Assert.Equal(text, address.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("10.0.0.1")]
    [InlineData("10.0.0.1:")]
    [InlineData("10.0.0.1:0")]
    [InlineData("10.0.0.1:65536")]
    [InlineData("10.0.0.1:+1")]
    [InlineData(":6443")]
    [InlineData("fd00::1:6443")]
    [InlineData("a b:6443")]
    public void Refuses(string? text) => Assert.False(BackendAddress.TryParse(text, out _));
}
