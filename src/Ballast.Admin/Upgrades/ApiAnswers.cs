using Ballast.Admin.Clusters;
using Ballast.Client;
using k8s.Autorest;

namespace Ballast.Admin.Upgrades;

/// <summary>What the API refuses, or does not answer, becomes one sentence.</summary>
internal static class ApiAnswers
{
    /// <exception cref="ClusterException">It was refused, or not answered.</exception>
    public static async Task<T> OrSentenceAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception refused) when (refused is HttpOperationException or HttpRequestException)
        {
            throw new ClusterException($"the API refused, or does not answer: {refused.ApiMessage}") { Hint = "what was done is kept: run the same command again when the endpoint answers" };
        }
    }
}
