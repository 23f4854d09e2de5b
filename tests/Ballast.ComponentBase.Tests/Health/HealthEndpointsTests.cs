using Ballast.ComponentBase.Health;
using Microsoft.AspNetCore.Http;

namespace Ballast.ComponentBase.Tests.Health;

public sealed class HealthEndpointsTests
{
    private static readonly HealthCheck Bad = new("etcd", _ => new("connection refused"));

    [Fact]
    public async Task All_well_is_ok() => Assert.Equal((200, "ok"), await GetAsync("/readyz", "", HealthCheck.Ping));

    [Fact]
    public async Task Verbose_lists_every_check() =>
        Assert.Equal((200, "[+]ping ok\nreadyz check passed\n"), await GetAsync("/readyz", "?verbose", HealthCheck.Ping));

    [Fact]
    public async Task A_failure_lists_the_checks_and_withholds_the_reason() =>
        Assert.Equal((500, "[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n"), await GetAsync("/readyz", "", HealthCheck.Ping, Bad));

    [Fact]
    public async Task An_excluded_check_does_not_count() =>
        Assert.Equal((200, "[+]ping ok\n[+]etcd excluded: ok\nreadyz check passed\n"), await GetAsync("/readyz", "?verbose&exclude=etcd", HealthCheck.Ping, Bad));

    [Fact]
    public async Task Excluding_what_does_not_exist_warns() =>
        Assert.Equal((200, "[+]ping ok\nwarn: some health checks cannot be excluded: no matches for \"nope\"\nreadyz check passed\n"),
            await GetAsync("/readyz", "?verbose&exclude=nope", HealthCheck.Ping));

    [Theory]
    [InlineData("/readyz/ping", 200, "ok")]
    [InlineData("/readyz/etcd", 500, "internal server error: connection refused\n")]
    [InlineData("/readyz/nope", 404, "404 page not found\n")]
    public async Task One_check_can_be_asked_alone(string path, int code, string text) =>
        Assert.Equal((code, text), await GetAsync(path, "", HealthCheck.Ping, Bad));

    [Fact]
    public async Task A_check_that_throws_has_failed()
    {
        var throwing = new HealthCheck("etcd", _ => throw new InvalidOperationException("boom"));
        Assert.Equal(500, (await GetAsync("/readyz", "", throwing)).Code);
    }

    private static async Task<(int Code, string Text)> GetAsync(string path, string query, params HealthCheck[] checks)
    {
        var context = new DefaultHttpContext();
        context.Request.Path = path;
        context.Request.QueryString = new QueryString(query);
        var body = new MemoryStream();
        context.Response.Body = body;
        await new HealthEndpoints("/readyz", checks, (_, _) => { }).HandleAsync(context);
        return (context.Response.StatusCode, System.Text.Encoding.UTF8.GetString(body.ToArray()));
    }
}
