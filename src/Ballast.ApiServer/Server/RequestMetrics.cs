using System.Collections.Concurrent;
using System.Globalization;
using Ballast.ApiServer.Endpoints;
using Prometheus;

namespace Ballast.ApiServer.Server;

/// <summary>Counts and times requests under upstream's metric names and labels.</summary>
internal static class RequestMetrics
{
    private const string Component = "apiserver";

    private static readonly double[] DurationBuckets =
        [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

    private static readonly Counter Total = Metrics.CreateCounter("apiserver_request_total",
        "Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.",
        "verb", "dry_run", "group", "version", "resource", "subresource", "scope", "component", "code");

    private static readonly Histogram Duration = Metrics.CreateHistogram("apiserver_request_duration_seconds",
        "Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.",
        new HistogramConfiguration
        {
            Buckets = DurationBuckets,
            LabelNames = ["verb", "dry_run", "group", "version", "resource", "subresource", "scope", "component"],
        });

    private static readonly Histogram Sizes = Metrics.CreateHistogram("apiserver_response_sizes",
        "Response size distribution in bytes for each group, version, verb, resource, subresource, scope and component.",
        new HistogramConfiguration
        {
            Buckets = Histogram.ExponentialBuckets(1000, 10, 7),
            LabelNames = ["verb", "group", "version", "resource", "subresource", "scope", "component"],
        });

    private static readonly Gauge LongRunning = Metrics.CreateGauge("apiserver_longrunning_requests",
        "Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component. Not all requests are tracked this way.",
        "verb", "group", "version", "resource", "subresource", "scope", "component");

    private static readonly Gauge Current = Metrics.CreateGauge("apiserver_current_inflight_requests",
        "Maximal number of currently used inflight request limit of this apiserver per request kind in last second.", "request_kind");

    private static readonly Counter DroppedTotal = Metrics.CreateCounter("apiserver_dropped_requests_total",
        "Number of requests dropped with 'Try again later' response", "request_kind");

    private static readonly Counter Aborted = Metrics.CreateCounter("apiserver_request_aborts_total",
        "Number of requests which apiserver aborted possibly due to a timeout, for each group, version, verb, resource, subresource and scope",
        "verb", "group", "version", "resource", "subresource", "scope");

    private static readonly Gauge.Child CurrentReads = Current.WithLabels("readOnly");
    private static readonly Gauge.Child CurrentWrites = Current.WithLabels("mutating");

    // Finding a child by its labels costs more than counting on it: the children of the series seen are kept.
    private static readonly ConcurrentDictionary<Series, Children> Known = new();

    public static Gauge.Child InFlight(bool isRead) => isRead ? CurrentReads : CurrentWrites;

    public static Counter.Child Dropped(bool isRead) => DroppedTotal.WithLabels(isRead ? "readOnly" : "mutating");

    public static void Abort(RequestInfo info) =>
        Aborted.WithLabels(VerbOf(info), info.Group, info.Version, ResourceOf(info), info.Subresource, ScopeOf(info)).Inc();

    public static IDisposable TrackLongRunning(RequestInfo info) =>
        LongRunning.WithLabels(VerbOf(info), info.Group, info.Version, ResourceOf(info), info.Subresource, ScopeOf(info), Component).TrackInProgress();

    public static void Record(ApiRequest request, TimeSpan elapsed)
    {
        var info = request.Info;
        var response = request.Http.Response;
        var dryRun = request.Http.Request.QueryString.HasValue ? request.Http.Request.Query["dryRun"].ToString() : "";
        var series = new Series(VerbOf(info), dryRun.Length > 0 ? "All" : "", info.Group, info.Version, ResourceOf(info), info.Subresource, ScopeOf(info), response.StatusCode);
        var children = Known.GetOrAdd(series, Make);
        children.Total.Inc();
        // A watch lasts as long as its client wants: its duration says nothing about the server.
        if (!info.IsLongRunning)
            children.Duration.Observe(elapsed.TotalSeconds);
        if (response.ContentLength is { } length)
            children.Sizes.Observe(length);
    }

    private static Children Make(Series s) => new(
        Total.WithLabels(s.Verb, s.DryRun, s.Group, s.Version, s.Resource, s.Subresource, s.Scope, Component, s.Code.ToString(CultureInfo.InvariantCulture)),
        Duration.WithLabels(s.Verb, s.DryRun, s.Group, s.Version, s.Resource, s.Subresource, s.Scope, Component),
        Sizes.WithLabels(s.Verb, s.Group, s.Version, s.Resource, s.Subresource, s.Scope, Component));

    private static string VerbOf(RequestInfo info) => info.Verb switch
    {
        "get" => "GET",
        "list" => "LIST",
        "watch" => "WATCH",
        "create" or "post" => "POST",
        "update" or "put" => "PUT",
        "patch" => "PATCH",
        "delete" => "DELETE",
        "deletecollection" => "DELETECOLLECTION",
        _ => "other",
    };

    // Series must stay few whatever clients ask for: of paths that are no resource, only the first step counts.
    private static string ResourceOf(RequestInfo info) => info.Resource;

    private static string ScopeOf(RequestInfo info) =>
        !info.IsResourceRequest ? "" : info.Name.Length > 0 ? "resource" : info.Namespace.Length > 0 ? "namespace" : "cluster";

    private readonly record struct Series(string Verb, string DryRun, string Group, string Version, string Resource, string Subresource, string Scope, int Code);

    private sealed record Children(Counter.Child Total, Histogram.Child Duration, Histogram.Child Sizes);
}
