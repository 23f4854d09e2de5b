using System.Text.Json.Nodes;

namespace Ballast.ApiMachinery.OpenApi;

/// <summary>The parameters of the API's operations. Clients look for some of them to learn what a server can do.</summary>
internal static class QueryParameters
{
    public static IEnumerable<JsonObject> Get => [Pretty];

    public static IEnumerable<JsonObject> Create => [Pretty, DryRun, FieldManager("fieldManager is a name associated with the actor or entity that is making these changes."), FieldValidation];

    public static IEnumerable<JsonObject> Patch =>
    [
        Pretty, DryRun, FieldManager("fieldManager is a name associated with the actor or entity that is making these changes. This field is required for apply requests."), FieldValidation,
        Query("force", "boolean", "Force is going to \"force\" Apply requests. It means user will re-acquire conflicting fields owned by other people."),
    ];

    public static IEnumerable<JsonObject> Delete =>
    [
        Pretty, DryRun,
        Query("gracePeriodSeconds", "integer", "The duration in seconds before the object should be deleted. The value zero indicates delete immediately."),
        Query("ignoreStoreReadErrorWithClusterBreakingPotential", "boolean", "if set to true, it will trigger an unsafe deletion of the resource in case the normal deletion flow fails with a corrupt object error."),
        Query("orphanDependents", "boolean", "Deprecated: please use the PropagationPolicy, this field will be deprecated in 1.7."),
        Query("propagationPolicy", "string", "Whether and how garbage collection will be performed: 'Orphan', 'Background' or 'Foreground'."),
    ];

    public static IEnumerable<JsonObject> List =>
    [
        Pretty,
        Query("allowWatchBookmarks", "boolean", "allowWatchBookmarks requests watch events with type \"BOOKMARK\"."),
        Query("continue", "string", "The continue option should be set when retrieving more results from the server."),
        Query("fieldSelector", "string", "A selector to restrict the list of returned objects by their fields. Defaults to everything."),
        Query("labelSelector", "string", "A selector to restrict the list of returned objects by their labels. Defaults to everything."),
        Query("limit", "integer", "limit is a maximum number of responses to return for a list call."),
        Query("resourceVersion", "string", "resourceVersion sets a constraint on what resource versions a request may be served from."),
        Query("resourceVersionMatch", "string", "resourceVersionMatch determines how resourceVersion is applied to list calls."),
        Query("sendInitialEvents", "boolean", "`sendInitialEvents=true` may be set together with `watch=true`."),
        Query("timeoutSeconds", "integer", "Timeout for the list/watch call. This limits the duration of the call, regardless of any activity or inactivity."),
        Query("watch", "boolean", "Watch for changes to the described resources and return them as a stream of add, update, and remove notifications."),
    ];

    private static JsonObject Pretty => Query("pretty", "string", "If 'true', then the output is pretty printed.");

    private static JsonObject DryRun => Query("dryRun", "string", "When present, indicates that modifications should not be persisted. Valid values are: - All: all dry run stages will be processed");

    private static JsonObject FieldValidation =>
        Query("fieldValidation", "string", "fieldValidation instructs the server on how to handle objects in the request (POST/PUT/PATCH) containing unknown or duplicate fields. Valid values are: - Ignore - Warn - Strict");

    public static JsonObject Path(string name, string description) => new()
    {
        ["name"] = name,
        ["in"] = "path",
        ["description"] = description,
        ["required"] = true,
        ["schema"] = new JsonObject { ["type"] = "string", ["uniqueItems"] = true },
    };

    private static JsonObject FieldManager(string description) => Query("fieldManager", "string", description);

    private static JsonObject Query(string name, string type, string description) => new()
    {
        ["name"] = name,
        ["in"] = "query",
        ["description"] = description,
        ["schema"] = new JsonObject { ["type"] = type, ["uniqueItems"] = true },
    };
}
