using Ballast.LoadBalancer.Tests.Fixtures;

namespace Ballast.LoadBalancer.Tests;

public class CommandTests
{
    [Theory]
    [InlineData("--certificate-authority=CA", "load-balancer: no backend: name at least one API server with --backends=HOST:PORT")]
    [InlineData("--backends=10.0.0.1", "load-balancer: --backends: \"10.0.0.1\" is not host:port")]
    [InlineData("--backends=10.0.0.1:6443", "load-balancer: servers cannot be checked without the cluster's CA: give --certificate-authority or --kubeconfig")]
    [InlineData("--bind-address=here", "load-balancer: --bind-address: \"here\" is not an IP address")]
    [InlineData("--status-bind-address=127.0.0.1", "load-balancer: --status-bind-address: \"127.0.0.1\" is not ip:port")]
    [InlineData("--health-check-interval=0", "load-balancer: --health-check-interval: must be more than 0")]
    public async Task Refuses_in_one_sentence(string argument, string expected)
    {
        using var authority = new TestAuthority();
        var error = Console.Error;
        await using var captured = new StringWriter();
        Console.SetError(captured);
        try
        {
            var exit = await LoadBalancerCommand.Create().Parse(argument.Replace("CA", authority.CaFile, StringComparison.Ordinal)).InvokeAsync(cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal((1, expected), (exit, captured.ToString().Trim()));
        }
        finally
        {
            Console.SetError(error);
        }
    }
}
