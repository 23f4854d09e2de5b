using System.Text;
using Microsoft.AspNetCore.Http;

namespace Ballast.ComponentBase.Health;

/// <summary>One named part of a component's health.</summary>
/// <param name="Name">As upstream's, where it has one: <c>etcd</c>, <c>leaderElection</c>.</param>
/// <param name="Check">Null where all is well, else the reason. Called on every probe, so it must be quick; a throw counts as failed.</param>
public sealed record HealthCheck(string Name, Func<CancellationToken, ValueTask<string?>> Check)
{
    /// <summary>Answers as soon as the process does.</summary>
    public static HealthCheck Ping { get; } = new("ping", _ => default);
}

/// <summary>
/// One of <c>/healthz</c>, <c>/livez</c>, <c>/readyz</c> with upstream's answers: <c>ok</c>, or the list of checks with <c>?verbose</c> and on failure; <c>?exclude=NAME</c>
/// leaves one out; <c>/readyz/NAME</c> asks one alone. Reasons are logged, not shown, as upstream withholds them.
/// </summary>
public sealed class HealthEndpoints(string path, IReadOnlyList<HealthCheck> checks, Action<string, string> failed)
{
    /// <summary>The path it serves, without a trailing slash.</summary>
    public string Path { get; } = path;

    /// <summary>Answers a request whose path is <see cref="Path"/> or below it.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var response = context.Response;
        response.ContentType = "text/plain; charset=utf-8";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "no-cache, private";
        var below = context.Request.Path.Value!.AsSpan(Path.Length).Trim('/').ToString();
        if (below.Length > 0)
        {
            await AnswerOneAsync(context, below);
            return;
        }

        var excluded = context.Request.Query["exclude"].Where(e => !string.IsNullOrEmpty(e)).Select(e => e!).ToHashSet();
        var text = new StringBuilder();
        var bad = 0;
        foreach (var check in checks)
        {
            if (excluded.Remove(check.Name))
            {
                text.Append("[+]").Append(check.Name).Append(" excluded: ok\n");
                continue;
            }
            var reason = await RunAsync(check, context.RequestAborted);
            text.Append(reason is null ? "[+]" : "[-]").Append(check.Name).Append(reason is null ? " ok\n" : " failed: reason withheld\n");
            if (reason is null)
                continue;
            bad++;
            failed($"{Path[1..]} check failed: {check.Name}", reason);
        }
        if (excluded.Count > 0)
            text.Append("warn: some health checks cannot be excluded: no matches for ")
                .AppendJoin(", ", excluded.Order(StringComparer.Ordinal).Select(e => $"\"{e}\"")).Append('\n');

        var name = Path[1..];
        response.StatusCode = bad == 0 ? 200 : 500;
        if (bad > 0)
            await response.WriteAsync($"{text}{name} check failed\n");
        else if (context.Request.Query.ContainsKey("verbose"))
            await response.WriteAsync($"{text}{name} check passed\n");
        else
            await response.WriteAsync("ok");
    }

    private async Task AnswerOneAsync(HttpContext context, string name)
    {
        var check = checks.FirstOrDefault(c => c.Name == name);
        if (check is null)
        {
            context.Response.StatusCode = 404;
            await context.Response.WriteAsync("404 page not found\n");
            return;
        }
        var reason = await RunAsync(check, context.RequestAborted);
        context.Response.StatusCode = reason is null ? 200 : 500;
        await context.Response.WriteAsync(reason is null ? "ok" : $"internal server error: {reason}\n");
    }

    private static async ValueTask<string?> RunAsync(HealthCheck check, CancellationToken cancel)
    {
        try
        {
            return await check.Check(cancel);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            return failure.Message;
        }
    }
}
