using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Endpoints;

/// <summary>Resources that etcd does not hold: reviews that are answered, objects that are made when they are asked for.</summary>
internal sealed class VirtualEndpoints(ReadEndpoints reads)
{
    public Task ServeAsync(ApiRequest request, ResourceScope scope) => (scope.Definition.Virtual, request.Info.Verb) switch
    {
        (ICreateSubresource review, "create") => CreateAsync(request, scope, review),
        (IComputedResource computed, "get") => GetAsync(request, scope, computed),
        (IComputedResource computed, "list") => ListAsync(request, scope, computed),
        _ => throw StatusException.NotImplemented($"{scope.Definition.GroupResource} is not served by this server"),
    };

    private static async Task CreateAsync(ApiRequest request, ResourceScope scope, ICreateSubresource review)
    {
        var media = MediaTypes.Negotiate(request.Http.Request, shapes: false);
        var options = WriteOptions.Parse(request.Http.Request, "CreateOptions");
        var body = await ObjectBody.ReadAsync(request, scope.Body, options.FieldValidation);
        if (scope.Definition.Namespaced && body.Namespace.Length > 0 && body.Namespace != request.Info.Namespace)
            throw StatusException.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        var resourceRequest = WriteEndpoints.RequestOf(request, scope, options) with { Name = body.Name };
        await Answer.DocumentAsync(request, 201, await review.CreateAsync(resourceRequest, body, request.Cancel), media.Format);
    }

    private async Task GetAsync(ApiRequest request, ResourceScope scope, IComputedResource computed)
    {
        var media = MediaTypes.Negotiate(request.Http.Request);
        var document = await computed.GetAsync(request.Info.Name, request.Cancel) ?? throw StatusException.NotFound(scope.Definition.GroupResource, request.Info.Name);
        await reads.ObjectAsync(request, scope, media, 200, Stored(document));
    }

    private async Task ListAsync(ApiRequest request, ResourceScope scope, IComputedResource computed)
    {
        var media = MediaTypes.Negotiate(request.Http.Request);
        var options = ListOptions.Parse(request.Http.Request.Query, watch: false);
        var matches = ObjectSelection.Compile(scope.Definition, options) ?? (_ => true);
        var objects = (await computed.ListAsync(request.Cancel)).Select(Stored).Where(matches).ToList();
        await reads.ListAsync(request, reads.ViewOf(request, scope, media), media.Format, objects, new ListMeta(0, "", null));
    }

    private static StoredObject Stored(JsonObject document) => new(document.Name, 0, Documents.Encode(document));
}
