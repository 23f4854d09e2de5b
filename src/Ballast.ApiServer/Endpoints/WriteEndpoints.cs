using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Apply;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;

namespace Ballast.ApiServer.Endpoints;

/// <summary>create, update, patch and apply, of objects and of the subresources that are fields of them.</summary>
internal sealed class WriteEndpoints(ReadEndpoints reads, TimeProvider time)
{
    public async Task CreateAsync(ApiRequest request, ResourceScope scope)
    {
        var media = MediaTypes.Negotiate(request.Http.Request);
        var options = WriteOptions.Parse(request.Http.Request, "CreateOptions");
        var document = await ObjectBody.ReadAsync(request, scope.Body, options.FieldValidation);
        PlaceInNamespace(document, scope, request.Info.Namespace);
        var stored = await scope.Store.CreateAsync(RequestOf(request, scope, options), scope.ToStorage(document), request.Cancel);
        await reads.ObjectAsync(request, scope, media, 201, stored);
    }

    public async Task UpdateAsync(ApiRequest request, ResourceScope scope)
    {
        var media = MediaTypes.Negotiate(request.Http.Request);
        var options = WriteOptions.Parse(request.Http.Request, "UpdateOptions");
        var document = await ObjectBody.ReadAsync(request, scope.Body, options.FieldValidation);
        CheckName(document, request.Info);
        PlaceInNamespace(document, scope, request.Info.Namespace);
        var (stored, created) = await scope.Store.UpdateAsync(
            RequestOf(request, scope, options), _ => scope.ToStorage(document.DeepClone().AsObject()), request.Cancel);
        await reads.ObjectAsync(request, scope, media, created ? 201 : 200, stored);
    }

    public async Task PatchAsync(ApiRequest request, ResourceScope scope)
    {
        var media = MediaTypes.Negotiate(request.Http.Request);
        var options = WriteOptions.Parse(request.Http.Request, "PatchOptions");
        var patch = await PatchBody.ReadAsync(request, scope.Body);
        var change = patch.Configuration is { } configuration ? ApplyOf(request, scope, options, patch, configuration) : Patched;
        var (stored, created) = await scope.Store.UpdateAsync(
            RequestOf(request, scope, options) with { IsApply = patch.Configuration is not null }, current => scope.ToStorage(change(current)), request.Cancel);
        await reads.ObjectAsync(request, scope, media, created ? 201 : 200, stored);

        JsonObject Patched(JsonObject? current)
        {
            if (current is null)
                throw StatusException.NotFound(scope.Definition.GroupResource, request.Info.Name);
            var patched = patch.Apply(scope.IsStoredForm ? current : scope.FromStorage(current), scope.Body.Schema);
            Check(request, scope, scope.Body, options, patch, patched);
            return patched;
        }
    }

    /// <summary>Server-side apply: lays the configuration over the object as it is, and knows who owns which field.</summary>
    private Func<JsonObject?, JsonObject> ApplyOf(ApiRequest request, ResourceScope scope, WriteOptions options, PatchBody patch, JsonObject configuration)
    {
        Check(request, scope, scope.Body, options, patch, configuration);
        return Merging(request, scope, options, configuration);
    }

    /// <summary>Lays <paramref name="configuration"/>, which is in the version the client speaks, over what it is given in the stored one.</summary>
    public Func<JsonObject?, JsonObject> Merging(ApiRequest request, ResourceScope scope, WriteOptions options, JsonObject configuration)
    {
        var manager = new FieldManager(options.FieldManager, scope.GroupVersion.ToString(), time.GetUtcNow())
        {
            Subresource = request.Info.Subresource,
            Ignored = NotWrittenBy(request.Info.Subresource, scope),
        };
        return current => ManagedFields.Apply(
            current is null || scope.IsStoredForm ? current : scope.FromStorage(current), configuration, manager, options.Force, scope.Version.Schema);
    }

    /// <summary>The main resource's writes leave the status alone where it has a path of its own, and a write of the status leaves all else.</summary>
    private static FieldSet NotWrittenBy(string subresource, ResourceScope scope) => subresource switch
    {
        "" when scope.Definition.Subresources.ContainsKey("status") => FieldSet.Of("status"),
        "status" => scope.Version.Schema.Properties.Keys.Where(field => field is not ("status" or "metadata"))
            .Aggregate(FieldSet.Empty, (set, field) => set.Union(FieldSet.Of(field))),
        _ => FieldSet.Empty,
    };

    /// <summary>What is applied, or came out of a patch, has to be what the path says, of the fields that its kind has.</summary>
    public static void Check(ApiRequest request, ResourceScope scope, BodyKind kind, WriteOptions options, PatchBody patch, JsonObject document)
    {
        ObjectBody.CheckKind(document, kind.Kind);
        if (patch.Configuration is null)
            PatchChecks.Patched(document, kind, patch, options.FieldValidation, request.Warnings);
        else
            PatchChecks.Applied(document, kind, patch, options.FieldValidation, request.Warnings);
        CheckName(document, request.Info);
        PlaceInNamespace(document, scope, request.Info.Namespace);
    }

    public static ResourceRequest RequestOf(ApiRequest request, ResourceScope scope, WriteOptions options) =>
        new(request.User, scope.Definition.Namespaced ? request.Info.Namespace : "", request.Info.Name)
        {
            DryRun = options.DryRun,
            FieldManager = options.FieldManager,
            Subresource = request.Info.Subresource,
            Warnings = request.Warnings,
            ApiVersion = scope.GroupVersion.ToString(),
        };

    /// <summary>The body's name, where it has one, is that of the URL.</summary>
    public static void CheckName(JsonObject document, RequestInfo info)
    {
        var name = document.Name;
        if (name.Length == 0)
            throw StatusException.BadRequest("name must be provided");
        if (name != info.Name)
            throw StatusException.BadRequest($"the name of the object ({name}) does not match the name on the URL ({info.Name})");
    }

    private static void PlaceInNamespace(JsonObject document, ResourceScope scope, string ns)
    {
        if (!scope.Definition.Namespaced)
        {
            document.MetadataOrNull?.Remove("namespace");
            return;
        }
        if (document.Namespace.Length > 0 && document.Namespace != ns)
            throw StatusException.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        document.Namespace = ns;
    }
}
