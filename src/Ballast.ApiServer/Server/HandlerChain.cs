using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authentication;
using Ballast.ApiServer.Authorization;
using Ballast.ApiServer.Endpoints;
using Ballast.ComponentBase.Flags;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ballast.ApiServer.Server;

/// <summary>
/// The way of every request. The order is the design: see the reasons in <see cref="HandleAsync"/>. Whatever fails, the client gets a Status and the
/// server goes on.
/// </summary>
public sealed class HandlerChain(
    IAuthenticator authentication,
    Impersonation impersonation,
    IAuthorizer authorization,
    GoAwayChance goAway,
    InFlightLimits limits,
    PathRoutes paths,
    ResourceEndpoints resources,
    ServerLifecycle lifecycle,
    TimeSpan requestTimeout,
    TimeProvider time,
    ILogger<HandlerChain> log)
{
    public async Task HandleAsync(HttpContext http)
    {
        var started = time.GetTimestamp();
        var request = new ApiRequest(http);
        // Before anything that may fail, so that what fails can be told from the log and the client's own record.
        http.Response.Headers["Audit-Id"] = http.Request.Headers.TryGetValue("Audit-Id", out var known) ? known : Guid.NewGuid().ToString();
        goAway.Roll(http);
        CancellationTokenSource? deadline = null;
        try
        {
            // First of all, what is asked for: every stage below decides by it.
            request.Info = RequestInfo.Parse(http.Request);
            request.Draining = lifecycle.Draining;

            // A deadline, before any work is done: no request but a long-running one holds on for ever.
            deadline = Deadline(request);
            request.Cancel = deadline.Token;
            using var tracked = request.Info.IsLongRunning ? RequestMetrics.TrackLongRunning(request.Info) : null;

            // Who asks, before anything that spends on the client's behalf.
            request.User = await authentication.AuthenticateAsync(http, request.Cancel) ?? throw StatusException.Unauthorized();

            // As whom: everything after this, the limits included, is about the user acted as.
            request.User = await impersonation.ResolveAsync(http, request.User, request.Cancel);

            // A place among those in flight, before authorization: deciding costs too, and a flood must not get that far.
            using var place = limits.Enter(request);

            // May they? Before the path is looked up: what exists is not told to those who may not know.
            await AuthorizeAsync(request);

            // The answer.
            if (request.Info.IsResourceRequest ? !await resources.TryServeAsync(request) : !await paths.TryServeAsync(request))
                await Answer.TextAsync(request, StatusCodes.Status404NotFound, "404 page not found\n");
        }
        catch (StatusException failure)
        {
            await RefuseAsync(request, failure);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client has gone; nobody is left to answer.
            RequestMetrics.Abort(request.Info);
        }
        catch (OperationCanceledException) when (deadline is { IsCancellationRequested: true })
        {
            RequestMetrics.Abort(request.Info);
            await RefuseAsync(request, StatusException.Timeout("request did not complete within the allotted timeout"));
        }
        catch (BadHttpRequestException broken)
        {
            await RefuseAsync(request, StatusException.BadRequest(broken.Message));
        }
        catch (Exception failure)
        {
            log.LogError(failure, "Request failed: {Method} {Path}", http.Request.Method, http.Request.Path);
            await RefuseAsync(request, StatusException.Internal(failure.Message));
        }
        finally
        {
            deadline?.Dispose();
            RequestMetrics.Record(request, time.GetElapsedTime(started));
        }
    }

    private CancellationTokenSource Deadline(ApiRequest request)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(request.Http.RequestAborted, lifecycle.Abandoned);
        if (request.Info.IsLongRunning)
            return source;
        var timeout = requestTimeout;
        if (request.Http.Request.QueryString.HasValue && request.Http.Request.Query["timeout"].ToString() is { Length: > 0 } asked)
        {
            if (!GoDuration.TryParse(asked, out var own) || own < TimeSpan.Zero)
            {
                source.Dispose();
                throw StatusException.BadRequest($"invalid timeout specified in the request URL: time: invalid duration \"{asked}\"");
            }
            // A longer one than the server's is not refused, only cut.
            if (own > TimeSpan.Zero && own < timeout)
                timeout = own;
        }
        source.CancelAfter(timeout);
        return source;
    }

    private async ValueTask AuthorizeAsync(ApiRequest request)
    {
        var info = request.Info;
        var attributes = info.IsResourceRequest
            ? new AuthorizationAttributes(request.User, info.Verb)
            {
                IsResourceRequest = true,
                Group = info.Group,
                Version = info.Version,
                Resource = info.Resource,
                Subresource = info.Subresource,
                Namespace = info.Namespace,
                Name = info.Name,
                Path = info.Path,
                FieldSelector = info.FieldSelector,
            }
            : new AuthorizationAttributes(request.User, info.Verb) { Path = info.Path };
        var (decision, reason) = await authorization.AuthorizeAsync(attributes, request.Cancel);
        if (decision != AuthorizationDecision.Allow)
            throw attributes.ToForbidden(reason);
    }

    private async Task RefuseAsync(ApiRequest request, StatusException failure)
    {
        var response = request.Http.Response;
        if (response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            request.Http.Abort();
            return;
        }
        response.Headers.Remove("Content-Encoding");
        request.Cancel = request.Http.RequestAborted;
        try
        {
            await Answer.StatusAsync(request, failure);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            log.LogDebug(gone, "The client went before it was answered");
        }
    }
}
