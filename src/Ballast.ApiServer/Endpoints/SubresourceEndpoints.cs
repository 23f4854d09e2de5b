using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;

namespace Ballast.ApiServer.Endpoints;

/// <summary>The paths below an object, each served as its handler's kind says.</summary>
internal sealed class SubresourceEndpoints(ReadEndpoints reads, WriteEndpoints writes)
{
    public Task ServeAsync(ApiRequest request, ResourceScope scope)
    {
        var info = request.Info;
        if (!scope.Definition.Subresources.TryGetValue(info.Subresource, out var subresource))
            throw StatusException.PathNotFound();
        if (!subresource.Verbs.Contains(info.Verb))
            throw StatusException.MethodNotAllowed();
        return (subresource.Handler, info.Verb) switch
        {
            (FieldSubresource, "get") => reads.GetAsync(request, scope),
            (FieldSubresource, "update") => writes.UpdateAsync(request, scope),
            (FieldSubresource, "patch") => writes.PatchAsync(request, scope),
            (IProjectedSubresource projected, "get") => GetAsync(request, scope, projected),
            (IProjectedSubresource projected, "update" or "patch") => WriteAsync(request, scope, subresource, projected),
            (ICreateSubresource created, "create") => CreateAsync(request, scope, subresource, created),
            (IConnectSubresource connected, _) => connected.ConnectAsync(request.Http, RequestOf(request, scope), info.Rest, request.Cancel),
            _ => throw StatusException.NotImplemented($"{scope.Definition.Resource}/{info.Subresource} is not served by this server"),
        };
    }

    private static async Task GetAsync(ApiRequest request, ResourceScope scope, IProjectedSubresource projected)
    {
        var media = MediaTypes.Negotiate(request.Http.Request, shapes: false);
        var stored = await ReadEndpoints.FindAsync(scope, request.Info, cached: false, 0, request.Cancel);
        await Answer.DocumentAsync(request, 200, projected.Read(scope.Decode(stored)), media.Format);
    }

    private async Task WriteAsync(ApiRequest request, ResourceScope scope, Subresource subresource, IProjectedSubresource projected)
    {
        var media = MediaTypes.Negotiate(request.Http.Request, shapes: false);
        var isPatch = request.Info.Verb == "patch";
        var options = WriteOptions.Parse(request.Http.Request, isPatch ? "PatchOptions" : "UpdateOptions");
        var kind = BodyKind.BuiltIn(subresource.Kind);
        var patch = isPatch ? await PatchBody.ReadAsync(request, kind) : null;
        var change = patch switch
        {
            null => Replacing(await ObjectBody.ReadAsync(request, kind, options.FieldValidation)),
            { Configuration: { } configuration } => Applying(patch, configuration),
            _ => Patching(patch),
        };
        var (stored, _) = await scope.Store.UpdateAsync(
            WriteEndpoints.RequestOf(request, scope, options) with { IsApply = patch?.Configuration is not null }, change, request.Cancel);
        await Answer.DocumentAsync(request, 200, projected.Read(stored.ToDocument()), media.Format);

        Func<JsonObject?, JsonObject> Replacing(JsonObject body)
        {
            WriteEndpoints.CheckName(body, request.Info);
            return parent => Written(Existing(parent), body);
        }

        Func<JsonObject?, JsonObject> Patching(PatchBody patch) => parent =>
        {
            var value = patch.Apply(projected.Read(scope.FromStorage(Existing(parent).DeepClone().AsObject())), kind.Schema);
            WriteEndpoints.Check(request, scope, kind, options, patch, value);
            return Written(Existing(parent), value);
        };

        // The parent's managedFields are the only ones there are: what is applied is applied to the parent's field.
        Func<JsonObject?, JsonObject> Applying(PatchBody patch, JsonObject configuration)
        {
            WriteEndpoints.Check(request, scope, kind, options, patch, configuration);
            var ofParent = new JsonObject
            {
                ["apiVersion"] = scope.GroupVersion.ToString(),
                ["kind"] = scope.Definition.Kind,
                ["metadata"] = new JsonObject { ["name"] = request.Info.Name },
            };
            projected.WriteApplied(ofParent, configuration);
            var merge = writes.Merging(request, scope, options, ofParent);
            return parent =>
            {
                var merged = scope.ToStorage(merge(Existing(parent)));
                // What its only owner gave up is not defaulted as in the parent, but zero.
                projected.Write(merged, projected.Read(merged));
                return merged;
            };
        }

        JsonObject Existing(JsonObject? parent) => parent ?? throw StatusException.NotFound(scope.Definition.GroupResource, request.Info.Name);

        JsonObject Written(JsonObject parent, JsonObject value)
        {
            if (value.ResourceVersion is { Length: > 0 } asked && asked != parent.ResourceVersion)
                throw StatusException.Modified(scope.Definition.GroupResource, request.Info.Name);
            projected.Write(parent, value);
            return parent;
        }
    }

    private static async Task CreateAsync(ApiRequest request, ResourceScope scope, Subresource subresource, ICreateSubresource created)
    {
        var media = MediaTypes.Negotiate(request.Http.Request, shapes: false);
        var options = WriteOptions.Parse(request.Http.Request, "CreateOptions");
        var body = await ObjectBody.ReadAsync(request, BodyKind.BuiltIn(subresource.Kind), options.FieldValidation);
        var answer = await created.CreateAsync(WriteEndpoints.RequestOf(request, scope, options), body, request.Cancel);
        await Answer.DocumentAsync(request, 201, answer, media.Format);
    }

    private static ResourceRequest RequestOf(ApiRequest request, ResourceScope scope) =>
        new(request.User, scope.Definition.Namespaced ? request.Info.Namespace : "", request.Info.Name)
        {
            Subresource = request.Info.Subresource,
            Warnings = request.Warnings,
            ApiVersion = scope.GroupVersion.ToString(),
        };
}
