using System.Text;

namespace Ballast.Bench.Load.Workloads;

/// <summary>Creates the namespace's objects; the server warms up on others.</summary>
internal sealed class CreateWorkload : IWorkload
{
    public Work Work => Works.Create;

    public async Task<Figures> RunAsync(Bench bench, CancellationToken cancel)
    {
        var others = bench.Namespace + "-others";
        await bench.NamespaceAsync(others, cancel);
        await bench.NamespaceAsync(bench.Namespace, cancel);
        await RequestLoop.WarmUpAsync(bench, CreateIn(others), cancel);
        await bench.ForgetAsync($"/api/v1/namespaces/{others}/configmaps", cancel); // or they would be in the server's memory to the end
        var measured = await RequestLoop.CountAsync(bench, bench.Options.Objects, CreateIn(bench.Namespace), cancel);
        bench.Filled();
        return measured;

        BenchRequest CreateIn(string ns) =>
            (api, index, stop) => api.SendAsync(HttpMethod.Post, $"/api/v1/namespaces/{ns}/configmaps", bench.ConfigMap(ns, index), Bench.Json, stop);
    }
}

/// <summary>Reads single objects as new as they are.</summary>
internal sealed class GetWorkload : IWorkload
{
    public Work Work => Works.Get;

    public async Task<Figures> RunAsync(Bench bench, CancellationToken cancel)
    {
        await bench.FillAsync(cancel);
        return await RequestLoop.ForAWhileAsync(bench, (api, index, stop) => api.GetAsync($"{bench.ConfigMaps}/{Bench.NameOf(index % bench.Options.Objects)}", stop), cancel);
    }
}

/// <summary>Reads all objects of the namespace, as new as they are.</summary>
internal sealed class ListWorkload : IWorkload
{
    public Work Work => Works.List;

    public async Task<Figures> RunAsync(Bench bench, CancellationToken cancel)
    {
        await bench.FillAsync(cancel);
        return await RequestLoop.ForAWhileAsync(bench, (api, _, stop) => api.GetAsync(bench.ConfigMaps, stop), cancel);
    }
}

/// <summary>Changes one field by a JSON merge patch.</summary>
internal sealed class PatchWorkload : IWorkload
{
    public Work Work => Works.Patch;

    public async Task<Figures> RunAsync(Bench bench, CancellationToken cancel)
    {
        await bench.FillAsync(cancel);
        return await RequestLoop.ForAWhileAsync(bench, (api, index, stop) => api.SendAsync(
            HttpMethod.Patch, $"{bench.ConfigMaps}/{Bench.NameOf(index % bench.Options.Objects)}",
            Encoding.UTF8.GetBytes($$$"""{"data":{"patched":"{{{index}}}"}}"""), "application/merge-patch+json", stop), cancel);
    }
}

/// <summary>Applies one field, as one manager.</summary>
internal sealed class ApplyWorkload : IWorkload
{
    public Work Work => Works.Apply;

    public async Task<Figures> RunAsync(Bench bench, CancellationToken cancel)
    {
        await bench.FillAsync(cancel);
        return await RequestLoop.ForAWhileAsync(bench, (api, index, stop) =>
        {
            var name = Bench.NameOf(index % bench.Options.Objects);
            return api.SendAsync(HttpMethod.Patch, $"{bench.ConfigMaps}/{name}?fieldManager=bench&force=true",
                Encoding.UTF8.GetBytes($$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}"},"data":{"applied":"{{{index}}}"}}"""), "application/apply-patch+yaml", stop);
        }, cancel);
    }
}
