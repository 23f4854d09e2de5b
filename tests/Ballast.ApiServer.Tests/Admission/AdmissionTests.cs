using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Admission;
using Ballast.ApiServer.Authentication;
using Ballast.ApiServer.Authorization;
using Ballast.ApiServer.Registry;
using Ballast.Testing.ApiServer;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ballast.ApiServer.Tests.Admission;

/// <summary>A world for plugins: objects in memory, and writes that run through the plugins of a default server, or one of them.</summary>
public abstract class AdmissionTests
{
    protected InMemoryCatalog Catalog { get; } = new();

    protected static UserInfo Jane { get; } = UserInfo.Authenticated("jane");

    protected static UserInfo Node { get; } = UserInfo.Authenticated("system:node:n1", "system:nodes");

    protected IReadOnlyList<IAdmissionPlugin> Plugins(params string[] modes) => AdmissionPlugins.Create(["NodeRestriction"], [], Catalog,
        new ServerAuthorization(modes.Length == 0 ? ["AlwaysAllow"] : modes, Catalog, TimeProvider.System, NullLoggerFactory.Instance), TimeProvider.System);

    protected async Task<JsonObject> CreateAsync(string plugin, string resource, string json, string group = "", UserInfo? user = null, string subresource = "") =>
        await RunAsync(plugin, AdmissionOperation.Create, resource, group, user ?? Jane, subresource, Parse(json), null);

    protected async Task<JsonObject> UpdateAsync(string plugin, string resource, string old, string json, string group = "", UserInfo? user = null, string subresource = "") =>
        await RunAsync(plugin, AdmissionOperation.Update, resource, group, user ?? Jane, subresource, Parse(json), Parse(old));

    protected Task DeleteAsync(string plugin, string resource, string old, string group = "", UserInfo? user = null) =>
        RunAsync(plugin, AdmissionOperation.Delete, resource, group, user ?? Jane, "", null, Parse(old));

    protected static async Task RefusedAsync(string message, Func<Task> write, int code = 403)
    {
        var refusal = await Assert.ThrowsAsync<StatusException>(write);
        Assert.Equal(message, refusal.Message);
        Assert.Equal(code, refusal.Code);
    }

    protected static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    private async Task<JsonObject> RunAsync(
        string plugin, AdmissionOperation operation, string resource, string group, UserInfo user, string subresource, JsonObject? document, JsonObject? old)
    {
        var subject = document ?? old!;
        var request = new ResourceRequest(user, subject.Namespace, operation == AdmissionOperation.Create && subresource.Length == 0 ? "" : subject.Name) { Subresource = subresource };
        var attributes = new AdmissionAttributes(operation, Catalog[resource, group].Definition, request, document, old);
        var chosen = Plugins().Single(p => p.Name == plugin);
        if (chosen.Handles(operation) && chosen is IMutatingAdmission mutating)
            await mutating.AdmitAsync(attributes, TestContext.Current.CancellationToken);
        if (chosen.Handles(operation) && chosen is IValidatingAdmission validating)
            await validating.ValidateAsync(attributes, TestContext.Current.CancellationToken);
        return document ?? old!;
    }
}
