using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Endpoints;

/// <summary>delete and deletecollection.</summary>
internal sealed class DeleteEndpoints(ReadEndpoints reads)
{
    public async Task DeleteAsync(ApiRequest request, ResourceScope scope)
    {
        var media = MediaTypes.Negotiate(request.Http.Request);
        var (options, dryRun) = WriteOptions.ParseDelete(request.Http.Request, await ReadOptionsAsync(request, scope));
        var (stored, gone) = await scope.Store.DeleteAsync(RequestOf(request, scope, request.Info.Name, request.Info.Namespace, dryRun), options, request.Cancel);
        if (gone && !scope.Definition.Strategy.ReturnsDeletedObject)
        {
            await Answer.DocumentAsync(request, 200, Success(scope, stored), media.Format);
            return;
        }
        // Accepted: a foreground deletion has begun, and is not done.
        await reads.ObjectAsync(request, scope, media, !gone && options.PropagationPolicy == "Foreground" ? 202 : 200, stored);
    }

    /// <summary>Deletes what the selectors match, one by one; what is gone in the meantime is no error.</summary>
    public async Task DeleteCollectionAsync(ApiRequest request, ResourceScope scope)
    {
        var media = MediaTypes.Negotiate(request.Http.Request);
        var selection = ListOptions.Parse(request.Http.Request.Query, watch: false);
        var (options, dryRun) = WriteOptions.ParseDelete(request.Http.Request, await ReadOptionsAsync(request, scope));
        var query = new ListQuery(ReadEndpoints.PrefixOf(scope, request.Info)) { Predicate = ObjectSelection.Compile(scope.Definition, selection), Limit = selection.Limit };
        ObjectList found;
        try
        {
            found = await scope.Store.Objects.ListAsync(query, request.Cancel);
        }
        catch (StorageException failure)
        {
            throw failure.ToStatus(scope.Definition.GroupResource, "");
        }

        var deleted = new List<StoredObject>(found.Objects.Count);
        foreach (var stored in found.Objects)
        {
            try
            {
                var (last, _) = await scope.Store.DeleteAsync(RequestOf(request, scope, stored.Attributes.Name, stored.Attributes.Namespace, dryRun), options, request.Cancel);
                deleted.Add(last);
            }
            catch (StatusException gone) when (gone.Reason == "NotFound")
            {
            }
        }
        await reads.ListAsync(request, reads.ViewOf(request, scope, media), media.Format, deleted, new ListMeta(found.Version, "", null));
    }

    private static ResourceRequest RequestOf(ApiRequest request, ResourceScope scope, string name, string ns, bool dryRun) =>
        new(request.User, scope.Definition.Namespaced ? ns : "", name) { DryRun = dryRun, Warnings = request.Warnings, ApiVersion = scope.GroupVersion.ToString() };

    /// <summary>DeleteOptions from the body; null where there is none.</summary>
    private static async Task<JsonObject?> ReadOptionsAsync(ApiRequest request, ResourceScope scope)
    {
        var bytes = await RequestBody.ReadAsync(request.Http.Request, request.Cancel);
        if (bytes.Length == 0)
            return null;
        try
        {
            var body = RequestBody.Decode(bytes, MediaTypes.FormatOf(request.Http.Request)).Document as JsonObject ?? throw new FormatException("not an object");
            // Clients send it under meta.k8s.io, v1 or the resource's own group; the kind is what counts.
            return body.Kind is "" or "DeleteOptions" ? body : throw new FormatException($"no kind \"{body.Kind}\" is expected here");
        }
        catch (FormatException failure)
        {
            throw StatusException.BadRequest($"{scope.Definition.Kind}: the delete options cannot be read: {failure.Message}");
        }
    }

    private static JsonObject Success(ResourceScope scope, StoredObject stored)
    {
        var details = new JsonObject { ["name"] = stored.Attributes.Name };
        if (scope.Definition.Group.Length > 0)
            details["group"] = scope.Definition.Group;
        details["kind"] = scope.Definition.Resource;
        details["uid"] = stored.Attributes.Uid;
        return new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["details"] = details };
    }
}
